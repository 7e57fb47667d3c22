//! The facts, as their sources tell them.

use std::collections::HashMap;
use std::fs;

use syn::parse::ParseStream;
use syn::{Attribute, Expr, ExprLit, Ident, Item, ItemFn, ItemMacro, Lit, LitStr, Meta, Token};

/// The facts of one file.
pub struct Topic {
    /// The name of the file, and of the test target that it is.
    pub name: &'static str,
    pub title: String,
    pub introduction: String,
    pub facts: Vec<Fact>,
}

/// One test, and what its doc comment says.
pub struct Fact {
    pub name: String,
    pub statement: String,
    /// Why it is so, or what follows.
    pub remark: Option<String>,
    pub tutorials: Option<String>,
    pub seen: Option<String>,
    pub source: String,
    pub systems: Systems,
}

/// Where a fact is shown, and why not elsewhere.
pub enum Systems {
    All,
    Unix(String),
    Linux(String),
    /// Linux, where this user can lay a network.
    Lan,
}

/// What is said about the systems on which a fact is not shown: the condition, and the reason.
type Stubs = HashMap<String, (String, Option<String>)>;

impl Topic {
    /// Reads the topic from its file.
    pub fn read(name: &'static str) -> Self {
        let path = format!("{}/tests/{name}.rs", env!("CARGO_MANIFEST_DIR"));
        let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let file = syn::parse_file(&text).unwrap_or_else(|error| panic!("{path}: {error}"));
        let [title, introduction] = <[String; 2]>::try_from(paragraphs(&file.attrs))
            .unwrap_or_else(|_| panic!("{path} does not begin with a title and an introduction"));

        let stubs: Stubs = file.items.iter().filter_map(stub).collect();
        let tests = file.items.iter().filter_map(|item| match item {
            Item::Fn(function) if has(&function.attrs, "test") => Some(function),
            _ => None,
        });
        let facts = tests.map(|test| Fact::read(test, &stubs)).collect();
        Self { name, title: title.trim_start_matches("# ").to_owned(), introduction, facts }
    }
}

impl Fact {
    fn read(test: &ItemFn, stubs: &Stubs) -> Self {
        let name = test.sig.ident.to_string();
        let (labelled, prose): (Vec<_>, Vec<_>) =
            paragraphs(&test.attrs).into_iter().partition(|text| text.starts_with("- "));
        let mut labelled = labelled.iter().map(String::as_str).peekable();
        let mut label = |label: &str| {
            let item = labelled.next_if(|item| item.starts_with(label))?;
            Some(item[label.len()..].to_owned())
        };
        let fact = Self {
            statement: prose.first().unwrap_or_else(|| panic!("{name} states nothing")).clone(),
            remark: prose.get(1).cloned(),
            tutorials: label("- Tutorials: "),
            seen: label("- Seen: "),
            source: label("- Source: ").unwrap_or_else(|| panic!("{name} has no source")),
            systems: Systems::read(test, stubs.get(&name)),
            name,
        };
        assert!(prose.len() <= 2, "{} has more than a statement and a remark", fact.name);
        assert_eq!(labelled.next(), None, "{} has more than it should", fact.name);
        fact
    }
}

impl Systems {
    fn read(test: &ItemFn, stub: Option<&(String, Option<String>)>) -> Self {
        let name = &test.sig.ident;
        let condition = test.attrs.iter().find(|attribute| attribute.path().is_ident("cfg"));
        let condition = condition.and_then(|cfg| cfg.parse_args().ok()).map(|cfg| known(&cfg));
        let stubbed = stub.map(|(condition, _)| condition);
        assert_eq!(condition.as_ref(), stubbed, "{name} and its only_if! do not agree");
        let Some((condition, reason)) = stub else { return Self::All };
        match (condition.as_str(), reason.clone()) {
            ("lan", None) => Self::Lan,
            ("unix", Some(reason)) => Self::Unix(reason),
            ("linux" | "ipv6", Some(reason)) => Self::Linux(reason),
            _ => panic!("{name} is for systems that the appendix does not know"),
        }
    }
}

/// The paragraphs and list items of a doc comment, each in one line.
fn paragraphs(attributes: &[Attribute]) -> Vec<String> {
    let mut paragraphs = vec![String::new()];
    for line in attributes.iter().filter_map(doc) {
        let line = line.trim();
        if line.is_empty() || line.starts_with("- ") {
            paragraphs.push(String::new());
        }
        if let Some(paragraph) = paragraphs.last_mut() {
            if !paragraph.is_empty() {
                paragraph.push(' ');
            }
            *paragraph += line;
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs
}

/// One line of a doc comment.
fn doc(attribute: &Attribute) -> Option<String> {
    match &attribute.meta {
        Meta::NameValue(doc) if doc.path.is_ident("doc") => text(&doc.value),
        _ => None,
    }
}

/// The text of a literal.
fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

fn has(attributes: &[Attribute], name: &str) -> bool {
    attributes.iter().any(|attribute| attribute.path().is_ident(name))
}

/// `only_if!(CONDITION, NAME, "reason")`: the name, the condition, the reason.
fn stub(item: &Item) -> Option<(String, (String, Option<String>))> {
    let Item::Macro(ItemMacro { mac, .. }) = item else { return None };
    if !mac.path.is_ident("only_if") {
        return None;
    }
    let parse = |input: ParseStream| {
        let condition = known(&input.parse()?);
        input.parse::<Token![,]>()?;
        let name = input.parse::<Ident>()?.to_string();
        let mut reason = None;
        if input.parse::<Option<Token![,]>>()?.is_some() && !input.is_empty() {
            reason = Some(input.parse::<LitStr>()?.value());
            input.parse::<Option<Token![,]>>()?;
        }
        Ok((name, (condition, reason)))
    };
    Some(mac.parse_body_with(parse).expect("the compiler has understood it, too"))
}

/// A condition by its last word: `lan`, `unix`, or `linux` of `target_os = "linux"`.
fn known(condition: &Meta) -> String {
    match condition {
        Meta::Path(path) => path.get_ident().map(Ident::to_string),
        Meta::NameValue(pair) => text(&pair.value),
        Meta::List(_) => None,
    }
    .unwrap_or_default()
}
