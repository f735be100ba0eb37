//! Where an answer's texts come from, as Gemini tells it.

use std::collections::HashMap;

use crate::form::Citation;
use crate::json::Writer;

/// The sources that an answer's texts cite.
#[derive(Debug, Default)]
pub(super) struct Grounding {
    /// URL and title.
    pub(super) sources: Vec<(String, String)>,
    /// Where in the list a URL stands.
    places: HashMap<String, usize>,
    /// Where a cited text ends, in bytes of all texts, and the source's index.
    supports: Vec<(usize, usize)>,
    /// Bytes of text so far.
    pub(super) text_bytes: usize,
}

impl Grounding {
    pub(super) fn cite(&mut self, citation: &Citation<'_>) {
        let next = self.sources.len();
        let index = *self.places.entry(citation.url.clone().into_owned()).or_insert(next);
        if index == next {
            self.sources.push((citation.url.clone().into_owned(), citation.title.clone().into_owned()));
        }
        let support = (self.text_bytes, index);
        if self.text_bytes > 0 && self.supports.last() != Some(&support) {
            self.supports.push(support);
        }
    }

    pub(super) fn members(&self, w: &mut Writer) {
        w.key("groundingChunks").array(|w| {
            for (url, title) in &self.sources {
                w.object(|w| {
                    w.key("web").object(|w| {
                        w.key("uri").str(url);
                        w.key("title").str(title);
                    });
                });
            }
        });
        if !self.supports.is_empty() {
            w.key("groundingSupports").array(|w| {
                for run in self.supports.chunk_by(|a, b| a.0 == b.0) {
                    w.object(|w| {
                        w.key("segment").object(|w| w.key("endIndex").number(run[0].0 as u64));
                        w.key("groundingChunkIndices")
                            .array(|w| run.iter().for_each(|(_, index)| w.number(*index as u64)));
                    });
                }
            });
        }
    }
}
