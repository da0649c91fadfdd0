//! The `amana` program. Everything it does is in the library beside it.

/// Every event is many short pieces of text that live for a batch: half of the pipeline's time was the system's allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    amana::cli::run()
}
