//! What a model's name tells of what it takes.

/// A model, by its name.
#[derive(Clone, Copy, Debug)]
pub(super) struct Model<'a> {
    name: &'a str,
    /// Major and minor; `None` for names that tell none (`gemini-flash-latest`), which are taken for the newest.
    generation: Option<(u32, u32)>,
}

impl<'a> Model<'a> {
    /// `name` may have a path before it (`models/gemini-2.5-pro`).
    pub(super) fn of(name: &'a str) -> Self {
        let rest = name.split("gemini-").nth(1).unwrap_or_default();
        let number = rest.split(|c: char| !c.is_ascii_digit() && c != '.').next().unwrap_or_default();
        let mut parts = number.split('.').map(|part| part.parse::<u32>().ok());
        let generation = parts.next().flatten().map(|major| (major, parts.next().flatten().unwrap_or(0)));
        Model { name, generation }
    }

    fn is_before(self, major: u32, minor: u32) -> bool {
        self.generation.is_some_and(|generation| generation < (major, minor))
    }

    /// Gemini 3 and newer: signatures of calls are checked, a result may hold media, and tools of its own and a schema for
    /// the answer may stand beside functions.
    pub(super) fn is_third(self) -> bool {
        !self.is_before(3, 0)
    }

    /// It goes on with a last turn that is its own. Models after 3.1 answer "Requests ending with a model turn are not
    /// supported".
    pub(super) fn continues_itself(self) -> bool {
        self.is_before(3, 2)
    }

    /// It thinks, and is told how much in tokens.
    pub(super) fn has_budget(self) -> bool {
        self.is_before(3, 0) && self.thinks()
    }

    pub(super) fn thinks(self) -> bool {
        !self.is_before(2, 5)
    }

    pub(super) fn is_pro(self) -> bool {
        self.name.contains("-pro")
    }

    pub(super) fn is_flash(self) -> bool {
        self.name.contains("flash")
    }

    pub(super) fn is_lite(self) -> bool {
        self.name.contains("lite")
    }

    /// The first of the third generation's pro models, which knows fewer levels than the later ones.
    pub(super) fn is_first_third_pro(self) -> bool {
        self.is_pro() && self.generation == Some((3, 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_the_generation_and_an_odd_one_is_the_newest() {
        for (name, generation, third, budget, thinks) in [
            ("gemini-2.5-flash", Some((2, 5)), false, true, true),
            ("models/gemini-2.0-flash-001", Some((2, 0)), false, false, false),
            ("gemini-1.5-pro", Some((1, 5)), false, false, false),
            ("google/gemini-3-pro-preview", Some((3, 0)), true, false, true),
            ("gemini-3.1-flash-lite", Some((3, 1)), true, false, true),
            ("gemini-flash-latest", None, true, false, true),
            ("m1", None, true, false, true),
        ] {
            let model = Model::of(name);
            assert_eq!(model.generation, generation, "{name}");
            assert_eq!((model.is_third(), model.has_budget(), model.thinks()), (third, budget, thinks), "{name}");
        }
        assert!(Model::of("gemini-3.1-pro-preview").continues_itself());
        assert!(!Model::of("gemini-3.5-flash").continues_itself());
    }
}
