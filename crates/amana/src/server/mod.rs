//! One running installation: the store opened, the pipeline working, the doors open.

mod config;
mod connections;
mod doors;
mod installation;
mod local;
mod pipeline_thread;

pub use config::{Config, MasterKeyFrom, StoreFrom};
pub use connections::{CONNECTIONS_MAX, HEAD_BYTES_MAX, Patience};
pub use doors::{Doors, SOCKET_FILE};
pub use installation::{Installation, StartError, open_app, open_pipeline, open_store};
pub use local::{
    ACTS_HEAD_PATH, INDEX_PATH, KEY_ARCHIVE_PATH, MASTER_KEY_PATH, SET_ASIDE_DELETE_PATH, SET_ASIDE_PATH,
    SET_ASIDE_RESEND_PATH, SetAsideShown, master_key_in_words,
};
