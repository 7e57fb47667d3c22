//! The links to the chapter before and after are called by their names. mdBook has arrows only.

use mdbook_driver::book::{Book, BookItem};

/// The two kinds of links, and what a screen reader is told before the chapter's name.
const KINDS: [(&str, &str); 2] = [("previous", "Previous chapter"), ("next", "Next chapter")];

/// The chapters' pages and names, in the order of the book.
pub struct Chapters(Vec<(String, String)>);

impl Chapters {
    pub fn of(book: &Book) -> Self {
        let chapters = book.iter().filter_map(|item| match item {
            BookItem::Chapter(chapter) => {
                let page = chapter.path.as_ref()?.with_extension("html");
                Some((page.display().to_string(), chapter.name.clone()))
            }
            _ => None,
        });
        Self(chapters.collect())
    }

    /// A page whose links to its neighbours say their names.
    pub fn named(&self, page: &str) -> String {
        KINDS.iter().fold(page.to_owned(), |page, kind| self.with_names(&page, *kind))
    }

    fn with_names(&self, page: &str, (class, label): (&str, &str)) -> String {
        let mark =
            format!(r#"class="mobile-nav-chapters {class}" title="{label}" aria-label="{label}""#);
        let Some((before, rest)) = page.split_once(&mark) else { return page.to_owned() };
        let Some((inside, after)) = rest.split_once("</a>") else { return page.to_owned() };
        let target = before.rsplit_once("href=\"").map_or("", |(_, target)| target);
        let target = target.split('"').next().unwrap_or_default();
        let name = self.0.iter().find(|(page, _)| page == target);
        let name = name.map_or(label, |(_, name)| name).replace('&', "&amp;").replace('<', "&lt;");
        format!(
            r#"{before}class="mobile-nav-chapters {class}" aria-label="{label}: {name}"{inside}<span class="name">{name}</span></a>{after}"#
        )
    }
}
