//! Every dialect of clients before every dialect of providers: the official SDKs, whole and streamed, through the gateway to
//! a practice provider that checks what it gets as the real one does.

mod asides;
mod choices;
mod conversation;
mod errors;
mod fixture;
mod media;
mod profiles;
mod reasoning;
mod seen;
mod structured;
mod text;
mod tools;
