//! Calls and their results, paired.
//!
//! Anthropic, OpenAI and Gemini refuse a request in which a call has no result or a result no call, and each where the
//! other may not stand. Clients of one dialect may send what another refuses: Gemini's have no ids, OpenAI's Responses take
//! lists that were cut short, Chat's results may stand anywhere after the call.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

use super::request::{Block, CallResult, Request, Role, Turn};
use crate::notes::Notes;

impl Request<'_> {
    /// Makes of turns of one speaker that follow each other one turn, with results first in the user's.
    pub(crate) fn merge_turns(&mut self) {
        let mut merged: Vec<Turn<'_>> = Vec::with_capacity(self.turns.len());
        for turn in std::mem::take(&mut self.turns) {
            match merged.last_mut() {
                Some(last) if last.role == turn.role => last.blocks.extend(turn.blocks),
                _ => merged.push(turn),
            }
        }
        for turn in merged.iter_mut().filter(|turn| turn.role == Role::User) {
            // A stable sort: results keep their order, and so does the rest.
            turn.blocks.sort_by_key(|block| !matches!(block, Block::Result(_)));
        }
        self.turns = merged;
    }

    /// Gives ids to calls and results that have none, by name and order, and a name to each result.
    pub(crate) fn name_calls(&mut self) {
        let mut number = 0_usize;
        // Calls without a result so far: id and name.
        let mut open: Vec<(String, String)> = Vec::new();
        let mut names: HashMap<String, String> = HashMap::new();
        for turn in &mut self.turns {
            for block in &mut turn.blocks {
                match block {
                    Block::Call(call) => {
                        number += 1;
                        if call.id.is_empty() {
                            call.id = Cow::Owned(format!("call_{number}"));
                        }
                        open.push((call.id.clone().into_owned(), call.name.clone().into_owned()));
                        names.insert(call.id.clone().into_owned(), call.name.clone().into_owned());
                    }
                    Block::Result(result) => {
                        let place = if result.id.is_empty() {
                            open.iter().position(|(_, name)| result.name.as_ref().is_none_or(|own| *own == **name))
                        } else {
                            open.iter().position(|(id, _)| *id == *result.id)
                        };
                        if let Some((id, _)) = place.map(|place| open.remove(place)) {
                            result.id = Cow::Owned(id);
                        } else if result.id.is_empty() {
                            number += 1;
                            result.id = Cow::Owned(format!("call_{number}"));
                        }
                        if result.name.is_none() {
                            result.name = names.get(&*result.id).map(|name| Cow::Owned(name.clone()));
                        }
                    }
                    _ => {}
                }
            }
        }
    }

    /// Sees to it that each call has its result in the turn that follows it, and each result its call in the turn before.
    /// Ids have been given and turns merged.
    pub(crate) fn pair_calls(&mut self, notes: &mut Notes) {
        let mut index = 0;
        while index < self.turns.len() {
            let calls: Vec<(String, String, bool)> = match self.turns[index].role {
                Role::Assistant => calls(&self.turns[index]),
                Role::User => Vec::new(),
            };
            let before = match index.checked_sub(1) {
                Some(before) if self.turns[before].role == Role::Assistant => calls_ids(&self.turns[before]),
                _ => HashSet::new(),
            };
            if self.turns[index].role == Role::User {
                self.set_apart(index, &before, notes);
            }
            let is_last = index + 1 == self.turns.len();
            if !calls.is_empty() && !is_last {
                let answered: HashSet<String> = self.turns[index + 1]
                    .blocks
                    .iter()
                    .filter_map(|block| match block {
                        Block::Result(result) => Some(result.id.clone().into_owned()),
                        _ => None,
                    })
                    .collect();
                let missing: Vec<_> = calls.into_iter().filter(|(id, ..)| !answered.contains(id)).collect();
                if !missing.is_empty() {
                    notes.reshaped("messages", "a call without a result is given an empty one");
                }
                for (place, (id, name, custom)) in missing.into_iter().enumerate() {
                    let content = vec![Block::Text(Cow::Borrowed("The tool gave no result."))];
                    let result = CallResult {
                        id: Cow::Owned(id),
                        name: Some(Cow::Owned(name)),
                        content,
                        is_error: true,
                        custom,
                    };
                    self.turns[index + 1].blocks.insert(place, Block::Result(result));
                }
            }
            index += 1;
        }
    }

    /// Makes plain content of a turn's results that answer no call of the turn before it.
    fn set_apart(&mut self, index: usize, calls: &HashSet<String>, notes: &mut Notes) {
        let mut seen = HashSet::new();
        let (mut orphans, mut doubles) = (0, 0);
        let blocks = std::mem::take(&mut self.turns[index].blocks);
        let mut kept = Vec::with_capacity(blocks.len());
        for block in blocks {
            match block {
                Block::Result(result) if !calls.contains(&*result.id) => {
                    orphans += 1;
                    kept.extend(result.content);
                }
                Block::Result(result) if !seen.insert(result.id.clone().into_owned()) => doubles += 1,
                block => kept.push(block),
            }
        }
        kept.sort_by_key(|block| !matches!(block, Block::Result(_)));
        self.turns[index].blocks = kept;
        if doubles > 0 {
            notes.reshaped("messages", "of several results of one call the first is sent");
        }
        if orphans > 0 {
            notes.reshaped("messages", "a result without a call becomes plain content");
        }
    }
}

fn calls(turn: &Turn<'_>) -> Vec<(String, String, bool)> {
    let calls = turn.blocks.iter().filter_map(|block| match block {
        Block::Call(call) => Some((call.id.clone().into_owned(), call.name.clone().into_owned(), call.custom)),
        _ => None,
    });
    calls.collect()
}

fn calls_ids(turn: &Turn<'_>) -> HashSet<String> {
    calls(turn).into_iter().map(|(id, ..)| id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::form::request::Call;

    fn call(id: &'static str, name: &'static str) -> Block<'static> {
        Block::Call(Call { id: id.into(), name: name.into(), arguments: "{}".into(), custom: false })
    }

    fn result(id: &'static str, name: Option<&'static str>) -> Block<'static> {
        let content = vec![Block::Text("r".into())];
        Block::Result(CallResult { id: id.into(), name: name.map(Into::into), content, is_error: false, custom: false })
    }

    fn text() -> Block<'static> {
        Block::Text("t".into())
    }

    fn request(turns: Vec<(Role, Vec<Block<'static>>)>) -> Request<'static> {
        let turns = turns.into_iter().map(|(role, blocks)| Turn { role, blocks }).collect();
        Request { turns, ..Request::default() }
    }

    fn paired(turns: Vec<(Role, Vec<Block<'static>>)>) -> Vec<Vec<String>> {
        let mut request = request(turns);
        request.merge_turns();
        request.name_calls();
        request.pair_calls(&mut Notes::default());
        let say = |block: &Block<'_>| match block {
            Block::Call(call) => format!("call {}", call.id),
            Block::Result(result) => {
                format!("result {} of {}", result.id, result.name.as_deref().unwrap_or("?"))
            }
            _ => "text".to_owned(),
        };
        request.turns.iter().map(|turn| turn.blocks.iter().map(say).collect()).collect()
    }

    #[test]
    fn calls_without_ids_are_paired_by_name_and_order() {
        let turns = paired(vec![
            (Role::Assistant, vec![call("", "a"), call("", "b"), call("", "a")]),
            (Role::User, vec![result("", Some("b")), result("", Some("a")), result("", None)]),
        ]);
        assert_eq!(turns[0], ["call call_1", "call call_2", "call call_3"]);
        assert_eq!(turns[1], ["result call_2 of b", "result call_1 of a", "result call_3 of a"]);
    }

    #[test]
    fn results_come_first_in_one_turn() {
        let turns = paired(vec![
            (Role::Assistant, vec![call("1", "a"), call("2", "b")]),
            (Role::User, vec![result("1", None)]),
            (Role::User, vec![text()]),
            (Role::User, vec![result("2", None)]),
        ]);
        assert_eq!(turns[1], ["result 1 of a", "result 2 of b", "text"]);
    }

    #[test]
    fn a_result_without_its_call_becomes_content_and_a_call_without_its_result_gets_one() {
        let turns = paired(vec![
            (Role::User, vec![result("0", None)]),
            (Role::Assistant, vec![call("1", "a"), call("2", "b")]),
            (Role::User, vec![result("2", None), result("2", None), text()]),
            (Role::Assistant, vec![call("3", "c")]),
        ]);
        assert_eq!(turns[0], ["text"]);
        assert_eq!(turns[2], ["result 1 of a", "result 2 of b", "text"]);
        assert_eq!(turns[3], ["call 3"]);
    }
}
