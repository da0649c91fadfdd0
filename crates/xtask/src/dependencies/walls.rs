//! The walls of DESIGN §4: which crate must not know what, however far down.

use crate::dependencies::tree;
use crate::house::House;

/// What a crate must not lean on. A `*` at the end stands for any ending.
struct Wall {
    of: &'static str,
    why: &'static str,
    forbidden: &'static [&'static str],
}

const WALLS: &[Wall] = &[
    Wall {
        of: "amana-core",
        why: "the domain is pure: no IO, no randomness, no HTTP, no SQL, no Arrow",
        forbidden: &[
            "amana",
            "amana-store",
            "amana-lake",
            "tokio*",
            "mio",
            "axum*",
            "hyper*",
            "http",
            "tower*",
            "reqwest",
            "rustls*",
            "fjall",
            "lsm-tree",
            "postgres*",
            "sqlparser",
            "arrow*",
            "parquet*",
            "datafusion*",
            "object_store",
            "rand",
            "rand_core",
            "getrandom",
            "fastrand",
            "tracing*",
            "tempfile",
        ],
    },
    Wall {
        of: "amana-store",
        why: "the store does not know what a purpose is, nor who asks",
        forbidden: &[
            "amana",
            "amana-core",
            "amana-lake",
            "axum*",
            "hyper*",
            "http",
            "reqwest",
            "arrow*",
            "parquet*",
            "datafusion*",
        ],
    },
    Wall {
        of: "amana-lake",
        why: "the lake leans on the core alone",
        forbidden: &["amana", "amana-store", "axum*", "hyper*", "reqwest", "fjall", "lsm-tree", "tokio-postgres"],
    },
    Wall {
        of: "xtask",
        why: "a chore starts within seconds of a fresh clone",
        forbidden: &["amana", "amana-core", "amana-store", "amana-lake", "tokio*", "serde*"],
    },
];

/// The only crate that may name `amana-lake`.
const SERVER: &str = "amana";

pub(crate) fn check(house: &House) -> Result<String, String> {
    let mut problems = Vec::new();
    for wall in WALLS {
        for name in tree::below(house, wall.of)? {
            if wall.forbidden.iter().any(|pattern| matches(pattern, &name)) {
                let show = format!("cargo tree --package {} --invert {name}", wall.of);
                problems.push(format!("{} leans on {name}, but {} (`{show}` shows the way)", wall.of, wall.why));
            }
        }
    }
    for (naming, named) in tree::direct(house)? {
        if named.name == "amana-lake" && naming != SERVER {
            problems.push(format!(
                "{naming} names amana-lake: only the server may, the heavy engine is built in one place"
            ));
        }
    }
    if problems.is_empty() { Ok(format!("{} crates", WALLS.len())) } else { Err(problems.join("\n")) }
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_star_stands_for_any_ending() {
        assert!(matches("arrow*", "arrow-schema") && matches("arrow*", "arrow") && matches("rand", "rand"));
        assert!(!matches("rand", "rand_chacha") && !matches("arrow*", "narrow"));
    }
}
