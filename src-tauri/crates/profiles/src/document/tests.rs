use super::*;
use proptest::prelude::*;
use serde_json::{Map, json};

fn set(text: &str, path: &[&str], value: Value) -> String {
    let mut document = Document::parse(text).expect("an object");
    document.set(path, value).expect("the edit fits");
    document.text().to_owned()
}

fn remove(text: &str, path: &[&str]) -> String {
    let mut document = Document::parse(text).expect("an object");
    assert_eq!(document.remove(path), Ok(true));
    document.text().to_owned()
}

#[test]
fn a_value_is_replaced_and_nothing_else_moves() {
    for (before, path, value, after) in [
        ("{ \"a\" :1 ,\"b\":  2 }", vec!["a"], json!(10), "{ \"a\" :10 ,\"b\":  2 }"),
        ("{\"a\": {\"b\": [1, 2]}}", vec!["a", "b"], json!([3]), "{\"a\": {\"b\": [3]}}"),
        (
            "{\n\t\"a\": null, // note\n\t\"b\": 2\n}\n",
            vec!["a"],
            json!({"x": 1}),
            "{\n\t\"a\": {\n\t\t\"x\": 1\n\t}, // note\n\t\"b\": 2\n}\n",
        ),
        ("{\r\n  \"a\": 1\r\n}", vec!["a"], json!([1]), "{\r\n  \"a\": [\r\n    1\r\n  ]\r\n}"),
        ("{\"a\": 0.20}", vec!["a"], json!(0.2), "{\"a\": 0.20}"),
        ("{\"a\": 1, \"a\": 2}", vec!["a"], json!(3), "{\"a\": 1, \"a\": 3}"),
        ("\u{feff}{\"ü\": 1}", vec!["ü"], json!("é"), "\u{feff}{\"ü\": \"é\"}"),
    ] {
        assert_eq!(set(before, &path, value), after, "{before}");
    }
}

#[test]
fn a_new_key_comes_last_and_looks_like_its_neighbours() {
    for (before, path, after) in [
        ("{}", vec!["k"], "{\n  \"k\": 1\n}"),
        ("{ }", vec!["k"], "{\n  \"k\": 1\n}"),
        ("{\"a\":1}", vec!["k"], "{\"a\":1, \"k\":1}"),
        ("{\"a\" : 1,}", vec!["k"], "{\"a\" : 1, \"k\" : 1,}"),
        ("{\n  \"a\": 1\n}", vec!["k"], "{\n  \"a\": 1,\n  \"k\": 1\n}"),
        ("{\n  \"a\": 1,\n}", vec!["k"], "{\n  \"a\": 1,\n  \"k\": 1,\n}"),
        ("{\n    \"a\": 1 // note\n}", vec!["k"], "{\n    \"a\": 1, // note\n    \"k\": 1\n}"),
        (
            "{\n    \"a\": 1, // note\n    // end\n}",
            vec!["k"],
            "{\n    \"a\": 1, // note\n    \"k\": 1,\n    // end\n}",
        ),
        ("{\n  \"a\": 1\n  , // odd\n}", vec!["k"], "{\n  \"a\": 1\n  , // odd\n  \"k\": 1,\n}"),
        ("{\r\n\t\"a\": 1\r\n}\r\n", vec!["k"], "{\r\n\t\"a\": 1,\r\n\t\"k\": 1\r\n}\r\n"),
        ("{\n  \"a\": {}\n}", vec!["a", "k"], "{\n  \"a\": {\n    \"k\": 1\n  }\n}"),
        ("{\"a\": {}}", vec!["a", "k"], "{\"a\": {\"k\": 1}}"),
        ("{\n  \"a\": { \"b\": 2 }\n}", vec!["a", "k"], "{\n  \"a\": { \"b\": 2, \"k\": 1 }\n}"),
        (
            "{\n  \"a\": 1\n}",
            vec!["x", "y", "k"],
            "{\n  \"a\": 1,\n  \"x\": {\n    \"y\": {\n      \"k\": 1\n    }\n  }\n}",
        ),
        ("{\n  // only this\n}", vec!["k"], "{\n  // only this\n  \"k\": 1\n}"),
        ("{\"a\": { /* c */ }}", vec!["a", "k"], "{\"a\": { /* c */ \"k\": 1}}"),
    ] {
        assert_eq!(set(before, &path, json!(1)), after, "{before:?}");
    }
}

#[test]
fn removing_takes_the_key_and_its_comma() {
    for (before, path, after) in [
        ("{\"a\": 1, \"b\": 2}", vec!["b"], "{\"a\": 1}"),
        ("{\n  \"a\": 1,\n  \"b\": 2\n}", vec!["a"], "{\n  \"b\": 2\n}"),
        ("{\n  \"a\": 1,\n  \"b\": 2\n}", vec!["b"], "{\n  \"a\": 1\n}"),
        ("{\n  \"a\": {\n    \"x\": 1,\n    \"y\": 2\n  }\n}", vec!["a", "x"], "{\n  \"a\": {\n    \"y\": 2\n  }\n}"),
    ] {
        assert_eq!(remove(before, &path), after, "{before}");
    }
    let twice = remove("{\"a\": 1, \"b\": 2, \"a\": 3}", &["a"]);
    assert_eq!(Document::parse(&twice).expect("an object").get(&["a"]), None, "{twice}");
}

#[test]
fn removing_what_is_not_there_changes_nothing() {
    let mut document = Document::parse("{ \"a\": 1 }").expect("an object");
    assert_eq!(document.remove(&["b"]), Ok(false));
    assert_eq!(document.remove(&["b", "c"]), Ok(false));
    assert_eq!(document.text(), "{ \"a\": 1 }");
}

#[test]
fn an_edit_that_does_not_fit_is_refused_and_changes_nothing() {
    let mut document = Document::parse("{\"a\": {\"b\": 1}}").expect("an object");
    assert_eq!(document.set(&[], json!(1)), Err(EditError::NoPath));
    assert_eq!(document.remove(&[]), Err(EditError::NoPath));
    assert_eq!(document.set(&["a", "b", "c"], json!(1)), Err(EditError::NotAnObject("a.b".into())));
    assert_eq!(document.remove(&["a", "b", "c"]), Err(EditError::NotAnObject("a.b".into())));
    assert_eq!(document.text(), "{\"a\": {\"b\": 1}}");
}

#[test]
fn only_an_object_is_opened() {
    for text in ["", "[]", "1", "{", "// nothing"] {
        assert!(Document::parse(text).is_err(), "{text:?}");
    }
}

#[test]
fn debug_hides_the_text() {
    let document = Document::parse("{\"auth-key\": \"canary\"}").expect("an object");
    assert!(!format!("{document:?}").contains("canary"));
}

/// White space and comments, as people leave them between tokens.
fn gap() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => Just(String::new()),
        4 => Just(" ".to_owned()),
        3 => Just("\n  ".to_owned()),
        1 => Just("\r\n\t".to_owned()),
        1 => Just(" /* c, } */ ".to_owned()),
        1 => Just(" // line , {\n ".to_owned()),
    ]
}

fn key() -> impl Strategy<Value = String> {
    prop_oneof![Just("a".to_owned()), Just("b".to_owned()), Just("base-url".to_owned()), "[a-zé\"\\\\.]{0,5}"]
}

fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("null".to_owned()),
        Just("true".to_owned()),
        Just("1.50".to_owned()),
        Just("-0".to_owned()),
        Just("1e3".to_owned()),
        "[a-z,{}\\[\\]/* \n\"]{0,8}".prop_map(|text| Value::from(text).to_string()),
    ]
}

/// JSON text in any layout, objects with at least `least` properties on the outside.
fn odd_json() -> impl Strategy<Value = String> {
    scalar().prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            3 => object(inner.clone()),
            1 => (prop::collection::vec((gap(), inner, gap()), 0..4), gap()).prop_map(|(items, end)| {
                let items: Vec<String> = items.into_iter().map(|(a, item, b)| format!("{a}{item}{b}")).collect();
                format!("[{}{end}]", items.join(","))
            }),
        ]
    })
}

fn object(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let property = (gap(), key(), gap(), gap(), value, gap());
    (prop::collection::vec(property, 0..5), any::<bool>(), gap()).prop_map(|(properties, trailing, end)| {
        let many = !properties.is_empty();
        let properties: Vec<String> = properties
            .into_iter()
            .map(|(a, key, b, c, value, d)| format!("{a}{}{b}:{c}{value}{d}", Value::from(key)))
            .collect();
        format!("{{{}{}{end}}}", properties.join(","), if trailing && many { "," } else { "" })
    })
}

fn odd_file() -> impl Strategy<Value = String> {
    (gap(), object(odd_json()), gap()).prop_map(|(before, object, after)| format!("{before}{object}{after}"))
}

fn json_of(text: &str) -> Value {
    let parsed = parse_to_ast(text, &CollectOptions::default(), &lenient()).expect("JSON");
    parsed.value.expect("a value").into()
}

fn values(text: &str) -> Map<String, Value> {
    json_of(text).as_object().expect("an object").clone()
}

/// Whether `text` is left when some pieces of `longer` are cut out.
fn is_subsequence(text: &str, longer: &str) -> bool {
    let mut rest = longer.bytes();
    text.bytes().all(|byte| rest.any(|other| other == byte))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn setting_one_key_changes_that_value_and_no_other_byte(
        text in odd_file(), key in key(), value in odd_json(),
    ) {
        let value = json_of(&value);
        let mut expected = values(&text);
        let before = Document::parse(&text).expect("an object");
        let mut after = before.clone();
        after.set(&[&key], value.clone()).expect("the edit fits");

        expected.insert(key.clone(), value.clone());
        prop_assert_eq!(values(after.text()), expected, "the meaning, in {}", after.text());

        let root = before.root();
        match find(&root, &key) {
            Some(property) => {
                let range = property.value.range();
                prop_assert!(after.text().starts_with(&text[..range.start]));
                prop_assert!(after.text().ends_with(&text[range.end..]));
            }
            // What was there is still there, in order; white space inside an empty object may give way.
            None if root.properties.is_empty() => {}
            None => prop_assert!(is_subsequence(&text, after.text()), "{text:?} -> {:?}", after.text()),
        }
    }

    #[test]
    fn setting_a_nested_key_leaves_the_rest_alone(text in odd_file(), outer in key(), inner in key()) {
        let mut document = Document::parse(&text).expect("an object");
        let mut expected = values(&text);
        match expected.entry(outer.clone()).or_insert_with(|| json!({})) {
            Value::Object(map) => {
                map.insert(inner.clone(), json!("new"));
                document.set(&[&outer, &inner], json!("new")).expect("the edit fits");
            }
            _ => prop_assert!(document.set(&[&outer, &inner], json!("new")).is_err()),
        }
        prop_assert_eq!(values(document.text()), expected);
    }

    #[test]
    fn setting_and_setting_back_restores_every_byte(text in odd_file(), key in key()) {
        let mut document = Document::parse(&text).expect("an object");
        let Some(old) = document.get(&[&key]) else { return Ok(()) };
        if old.is_object() || old.is_array() || old.is_number() {
            return Ok(()); // these may be written in more than one way
        }
        document.set(&[&key], json!(12345)).expect("the edit fits");
        document.set(&[&key], old.clone()).expect("the edit fits");
        prop_assert_eq!(document.get(&[&key]), Some(old));
        if !text.contains("\\u") {
            prop_assert_eq!(document.text(), text);
        }
    }

    #[test]
    fn removing_a_key_removes_that_and_keeps_the_others_meaning(text in odd_file(), key in key()) {
        let mut document = Document::parse(&text).expect("an object");
        let mut expected = values(&text);
        let there = expected.shift_remove(&key).is_some();
        prop_assert_eq!(document.remove(&[&key]), Ok(there));
        prop_assert_eq!(values(document.text()), expected, "in {}", document.text());
        if !there {
            prop_assert_eq!(document.text(), text);
        }
    }
}
