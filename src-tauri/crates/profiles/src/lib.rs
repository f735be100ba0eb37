//! Profile files on disk and the provider catalogue.
//!
//! A profile is one JSON file that the llxprt CLI and Mainstay both read and write. Three rules hold throughout:
//!
//! - **The text is the truth.** [`Profile`] is a typed *view* of a file. Every change goes through [`Document`], which
//!   edits the text in place, so that unknown keys, order and formatting survive.
//! - **A file is never half written and never fought over.** Writes take the CLI's own lock ([`ProfileLock`]) and replace
//!   the file atomically. Another program's lock is never taken over, a broken file is reported and never touched.
//! - **No secret leaves through an error or a `Debug`.** Messages name keys and types, never values.
//!
//! The [`Catalogue`] says what is known about providers and their models. It is data (`catalogue.json`) that a user can
//! overlay; the crate's README documents its format.

mod atomic;
mod catalogue;
mod compose;
mod daily_limit;
mod document;
mod extension;
mod fix;
mod folder;
mod hidden;
mod known;
mod lint;
mod locate;
mod lock;
mod members;
mod name;
mod place;
mod placement;
mod profile;
mod proxy;
mod secrets;
mod settings;
mod starters;
mod versions;

pub use catalogue::{
    AuthScheme, Catalogue, CatalogueError, CostClass, FreeCall, KeyCheck, KeyHeader, Model, Price, Provider,
    ReasoningKind, alias_folder,
};
pub use compose::{loadable_by_cli, new_balancer_text, new_balancer_text_for_cli, new_standard_text};
pub use daily_limit::{DailyLimit, put_daily_limit};
pub use document::{Document, EditError};
pub use extension::{Extension, ModelMap, NamedAuth, NamedProxy};
pub use fix::{Fix, FixError, FixKind, key_to_move, remove_plaintext_keys};
pub use folder::{Entry, Fingerprint, Folder, FolderError, NotAFingerprint, Write};
pub use hidden::{HiddenError, hide_secrets, with_hidden};
pub use known::{known_setting, known_settings};
pub use lint::{Around, Lint, Severity, lint};
pub use locate::{FoundBy, Located, Locations, locate};
pub use lock::{Liveness, LockBusy, LockError, LockHolder, ProfileLock};
pub use members::set_members;
pub use name::{NameError, valid_name};
pub use place::{FileError, FileErrorKind};
pub use placement::{Failback, put_placement};
pub use profile::{AuthBlock, BalancerProfile, MemberRef, Policy, Profile, Standard};
pub use proxy::{ProxyUrlError, proxy_url};
pub use secrets::without_secrets;
pub use settings::{BreakerSettings, Problem, ReasoningSettings, Settings, settings_of};
pub use starters::{Starter, StarterDraft, StarterMember, starters};
pub use versions::{Version, Versions};
