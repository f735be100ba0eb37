//! Making an upstream's body: the way in to both ways.

use crate::dialect::Dialect;
use crate::glance::{BodyError, Checked, look, parse};
use crate::json::{Patch, View, quote};
use crate::pass::pass;
use crate::terms::{PrepareError, Prepared, Terms};
use crate::translate::translate;

/// Makes the upstream's body from the client's.
///
/// Same dialect: the body is patched in place, and all outside the patched fields is byte for byte the client's. Other
/// dialect: the body is read into the common form and written anew. `stream` says that the upstream is asked for a stream.
///
/// # Errors
/// [`PrepareError::Body`] if `body` is not a request of `client`; [`PrepareError::Unmet`] if the dialects differ
/// and the request has something that bears its meaning and that the upstream's dialect has no place for.
pub fn prepare(
    client: Dialect,
    upstream: Dialect,
    body: &[u8],
    stream: bool,
    terms: &Terms,
) -> Result<Prepared, PrepareError> {
    prepare_root(client, upstream, body, parse(body)?, stream, terms)
}

/// [`prepare`] for a body that is known to be JSON.
///
/// # Errors
/// As [`prepare`].
pub fn prepare_checked<B: AsRef<[u8]>>(
    client: Dialect,
    upstream: Dialect,
    body: &Checked<B>,
    stream: bool,
    terms: &Terms,
) -> Result<Prepared, PrepareError> {
    prepare_root(client, upstream, body.bytes().as_ref(), body.root(), stream, terms)
}

fn prepare_root(
    client: Dialect,
    upstream: Dialect,
    body: &[u8],
    root: View<'_>,
    stream: bool,
    terms: &Terms,
) -> Result<Prepared, PrepareError> {
    if client == upstream {
        return Ok(pass(client, body, root, stream, terms)?);
    }
    let needs = look(client, root)?.unmet(client, upstream);
    if needs.is_empty() {
        if terms.without_proofs {
            // What is nobody's goes back to nobody.
            let terms = Terms { maker: String::new(), ..terms.clone() };
            return Ok(translate(client, upstream, root, stream, &terms));
        }
        Ok(translate(client, upstream, root, stream, terms))
    } else {
        Err(PrepareError::Unmet { dialect: upstream, needs })
    }
}

/// A body of any JSON shape with another model, all else as it is: for requests that are no chat, such as embeddings.
///
/// # Errors
/// [`BodyError`] if it is not a JSON object.
pub fn with_model(body: &[u8], model: &str) -> Result<Vec<u8>, BodyError> {
    let root = parse(body)?;
    let mut patch = Patch::default();
    patch.set(root, "model", &quote(model));
    Ok(patch.apply(body))
}
