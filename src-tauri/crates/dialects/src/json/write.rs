//! Writing: JSON text, straight into a string.

/// `text` as a JSON string, quotes included.
pub(crate) fn quote(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Writes one JSON value. Keeps track of commas; that brackets match is up to the closures.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    out: String,
    /// The next member or element needs a comma before it.
    comma: bool,
}

impl Writer {
    /// Writes an object and gives its text.
    pub(crate) fn write(fill: impl FnOnce(&mut Writer)) -> String {
        let mut writer = Writer::default();
        writer.object(fill);
        writer.out
    }

    /// What has been written.
    pub(crate) fn into_text(self) -> String {
        self.out
    }

    /// An object, as an element or after [`Writer::key`].
    pub(crate) fn object(&mut self, fill: impl FnOnce(&mut Writer)) {
        self.bracket('{', '}', fill);
    }

    /// An array, as an element or after [`Writer::key`].
    pub(crate) fn array(&mut self, fill: impl FnOnce(&mut Writer)) {
        self.bracket('[', ']', fill);
    }

    fn bracket(&mut self, open: char, close: char, fill: impl FnOnce(&mut Writer)) {
        self.separate();
        self.out.push(open);
        self.comma = false;
        fill(self);
        self.out.push(close);
        self.comma = true;
    }

    fn separate(&mut self) {
        if self.comma {
            self.out.push(',');
        }
        self.comma = true;
    }

    /// The key of the value that is written next.
    pub(crate) fn key(&mut self, key: &str) -> &mut Self {
        self.separate();
        self.out.push_str(&quote(key));
        self.out.push(':');
        self.comma = false;
        self
    }

    /// A value that is JSON text already.
    pub(crate) fn raw(&mut self, json: &str) {
        self.separate();
        self.out.push_str(json);
    }

    pub(crate) fn str(&mut self, text: &str) {
        self.raw(&quote(text));
    }

    pub(crate) fn number(&mut self, number: u64) {
        self.raw(&number.to_string());
    }

    pub(crate) fn null(&mut self) {
        self.raw("null");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commas_stand_between_values_only() {
        let text = Writer::write(|w| {
            w.key("a").array(|w| {
                w.number(1);
                w.object(|_| {});
                w.str("x\"\n");
            });
            w.key("b").null();
            w.key("c").object(|w| w.key("d").raw("1.50"));
        });
        assert_eq!(text, r#"{"a":[1,{},"x\"\n"],"b":null,"c":{"d":1.50}}"#);
    }
}
