//! What must hold of every page, and of a reader's ways through them.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::LazyLock;

use serde_json::{Value, json};

use crate::browser::{Browser, script};
use crate::server;

/// Two phones, a tablet, and a small screen.
const WIDTHS: [u32; 4] = [360, 390, 768, 1280];

/// What a reader's system may prefer.
const COLOURS: [&str; 2] = ["light", "dark"];

/// What all that a first visit loads may weigh, in bytes.
const FIRST_VISIT: f64 = 500_000.0;

/// What a student would type, and the chapter that must be among the answers.
const SEARCHES: [(&str, &str); 14] = [
    ("10054", "errors.html"),
    ("10054", "05-abrupt-disconnect.html"),
    ("10048", "errors.html"),
    ("connection reset", "errors.html"),
    ("connection reset", "05-abrupt-disconnect.html"),
    ("ECONNREFUSED", "errors.html"),
    ("EADDRINUSE", "errors.html"),
    ("TIME_WAIT", "03-service.html"),
    ("address in use", "03-service.html"),
    ("broken pipe", "05-abrupt-disconnect.html"),
    ("os error 98", "errors.html"),
    ("os error 104", "05-abrupt-disconnect.html"),
    ("set_read_timeout", "07-loss.html"),
    ("SO_BROADCAST", "08-broadcast.html"),
];

/// The folder of the pages, made as a reader makes them, once for all tests.
static BOOK: LazyLock<&Path> = LazyLock::new(|| {
    let made = Command::new(env!("CARGO_BIN_EXE_book")).output().expect("cargo built it");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/book"))
});

/// The address of the pages.
static HOME: LazyLock<String> = LazyLock::new(|| server::serve(*BOOK));

#[test]
fn every_page_fits_every_screen_and_asks_no_other_host() {
    let mut browser = Browser::start();
    let mut complaints = Vec::new();
    for page in pages() {
        for width in WIDTHS {
            for colours in COLOURS {
                browser.look(width, colours);
                browser.open(&format!("{}{page}", *HOME));
                let seen = browser.strings(&script("look.js"));
                for complaint in seen.into_iter().chain(browser.complaints(&HOME)) {
                    complaints.push(format!("{page}, {width} pixels, {colours}: {complaint}"));
                }
            }
        }
    }
    assert_none(&complaints);
}

#[test]
fn a_line_of_prose_has_60_to_75_characters() {
    let mut browser = Browser::start();
    browser.look(1280, "light");
    let mut measured = 0;
    for chapter in chapters() {
        browser.open(&format!("{}{chapter}", *HOME));
        let lines = browser.evaluate(&script("measure.js"));
        let lines: Vec<_> = lines.as_array().unwrap().iter().filter_map(Value::as_u64).collect();
        // A glossary, say, has hardly a paragraph.
        if lines.len() >= 10 {
            measured += 1;
            let average = lines.iter().sum::<u64>() / lines.len() as u64;
            assert!((60..=75).contains(&average), "{chapter}: {average} characters, of {lines:?}");
        }
    }
    assert!(measured > chapters().len() / 2, "only {measured} chapters have lines to measure");
}

#[test]
fn a_first_visit_is_light() {
    let mut browser = Browser::start();
    browser.open(&HOME);
    let weight = browser.weight();
    assert!(weight > 50_000.0 && weight <= FIRST_VISIT, "a first visit loads {weight} bytes");
}

#[test]
fn a_search_finds_what_a_student_would_type() {
    let mut browser = Browser::start();
    for (typed, chapter) in SEARCHES {
        let found = found(&mut browser, typed);
        assert!(found.iter().any(|page| page.starts_with(chapter)), "{typed} finds {found:#?}");
        assert_none(&browser.complaints(&HOME));
    }
}

/// Where a search leads to: pages and sections of the book, the best first.
fn found(browser: &mut Browser, typed: &str) -> Vec<String> {
    browser.open(&HOME);
    browser.write("s");
    // The index is fetched when the search is first opened.
    browser.evaluate(&script("search.js"));
    browser.write(typed);
    // A link has the words of the search in it, for the page to mark them.
    let links = "[...document.querySelectorAll('#mdbook-searchresults a')]\
                 .map(link => link.href.replace(link.search, ''))";
    let links = browser.strings(links);
    links.iter().filter_map(|url| url.strip_prefix(HOME.as_str()).map(str::to_owned)).collect()
}

/// For the numbers and names of errors there is a page. And a letter slips easily.
#[test]
fn a_search_begins_with_the_page_of_errors_and_takes_a_slip() {
    let mut browser = Browser::start();
    for (typed, first) in [
        ("10054", "errors.html#connection-reset"),
        ("EADDRINUSE", "errors.html"),
        ("brodcast", ""),
        ("conection", ""),
    ] {
        let found = found(&mut browser, typed);
        assert!(found.first().is_some_and(|page| page.starts_with(first)), "{typed}: {found:#?}");
        let teasers =
            browser.strings("[...document.querySelectorAll('.teaser')].map(it => it.textContent)");
        assert!(
            !teasers.iter().any(|teaser| teaser.contains("blocked in read read")),
            "{teasers:#?}"
        );
    }
}

/// A line of code that goes on below itself is indented further than it begins.
#[test]
fn code_that_continues_is_indented_beyond_its_beginning() {
    let mut browser = Browser::start();
    browser.look(360, "light");
    browser.open(&format!("{}05-abrupt-disconnect.html", *HOME));
    assert_none(&browser.strings(&script("indent.js")));
    // And what is copied is what was written.
    let copied = "[...document.querySelectorAll('main pre > code')].filter(code =>\
                  code.innerText.includes('\\n\\n\\n')).map(code => code.innerText)";
    assert_none(&browser.strings(copied));
}

/// A word such as `-p` is whole, and so is a full stop with the code before it.
#[test]
fn a_word_of_code_with_a_hyphen_stays_on_its_line() {
    let mut browser = Browser::start();
    for width in WIDTHS {
        browser.look(width, "light");
        browser.open(&format!("{}wire.html", *HOME));
        let words = "document.querySelectorAll('main .word')";
        assert_ne!(browser.evaluate(&format!("{words}.length")), 0);
        assert_none(&browser.strings(&format!(
            "[...{words}].filter(it => it.getClientRects().length > 1).map(it => it.textContent)"
        )));
    }
}

#[test]
fn code_and_tables_end_at_the_same_edge() {
    let mut browser = Browser::start();
    browser.look(1280, "light");
    browser.open(&format!("{}05-abrupt-disconnect.html", *HOME));
    let edges = "[...document.querySelectorAll('main > pre, main > .table-wrapper')]\
                 .map(it => String(Math.round(it.getBoundingClientRect().right)))";
    let edges = browser.strings(edges);
    assert!(edges.len() > 5 && edges.iter().all(|edge| *edge == edges[0]), "{edges:?}");
}

#[test]
fn on_a_phone_the_sidebar_closes_when_it_is_done_with() {
    let mut browser = Browser::start();
    browser.look(390, "light");
    let is_open = "document.getElementById('mdbook-sidebar-toggle-anchor').checked";
    for act in [
        "document.querySelector('#mdbook-sidebar a[href*=\"#why\"]').click()",
        "document.querySelector('main p').click()",
    ] {
        browser.open(&format!("{}05-abrupt-disconnect.html", *HOME));
        browser.evaluate("document.getElementById('mdbook-sidebar-toggle').click()");
        assert_eq!(browser.evaluate(is_open), true, "it opens");
        browser.evaluate(act);
        assert_eq!(browser.evaluate(is_open), false, "after {act}");
    }
}

#[test]
fn on_a_phone_a_table_of_prose_is_a_list() {
    let mut browser = Browser::start();
    browser.look(390, "light");
    browser.open(&format!("{}05-abrupt-disconnect.html", *HOME));
    // No cell is so narrow that a word has a line to itself.
    let narrow = "[...document.querySelectorAll('main td')].filter(it => it.offsetWidth < 140)\
                  .map(it => it.outerHTML)";
    assert_none(&browser.strings(narrow));
}

#[test]
fn the_neighbours_of_a_chapter_are_named() {
    let mut browser = Browser::start();
    for width in WIDTHS {
        browser.look(width, "light");
        browser.open(&format!("{}05-abrupt-disconnect.html", *HOME));
        let names = "[...document.querySelectorAll('a[rel~=prev], a[rel~=next]')]\
                     .filter(link => link.checkVisibility()).map(link => link.innerText.trim())";
        let found = browser.strings(names);
        assert!(found.len() == 2 && found[0].starts_with("Lab 04: "), "{found:?}");
        assert!(found[1].starts_with("Lab 06: "), "{found:?}");
    }
}

#[test]
fn without_a_script_every_chapter_is_in_reach() {
    for width in WIDTHS {
        let mut browser = Browser::start();
        browser.look(width, "light");
        browser.command("Emulation.setScriptExecutionDisabled", &json!({ "value": true }));
        browser.open(&HOME);
        // By the list of chapters, which the keyboard reaches.
        browser.press("Tab", 9);
        browser.load(|browser| browser.press("Enter", 13));
        let listed = browser.strings("[...document.querySelectorAll('a')].map(link => link.href)");
        let chapters: Vec<String> =
            chapters().iter().map(|chapter| format!("{}{chapter}", *HOME)).collect();
        assert_eq!(listed, chapters);
        // And from each to the next.
        for pair in chapters.windows(2) {
            browser.open(&pair[0]);
            let next = "[...document.querySelectorAll('a[rel~=next]')]\
                        .filter(link => link.checkVisibility()).map(link => link.href)";
            assert_eq!(browser.strings(next), [pair[1].as_str()]);
        }
    }
}

#[test]
fn the_keyboard_reaches_everything_and_shows_where_it_is() {
    for width in WIDTHS {
        let mut browser = Browser::start();
        browser.look(width, "light");
        browser.open(&format!("{}{}", *HOME, chapters()[1]));
        browser.evaluate("document.querySelectorAll('details').forEach(it => { it.open = true; })");
        let mut seen = Vec::new();
        loop {
            browser.press("Tab", 9);
            let focus = browser.evaluate(&script("focus.js"));
            if focus.is_null() {
                break;
            }
            let complaint = &focus["complaint"];
            assert!(complaint.is_null(), "{width} pixels: {} {complaint}", focus["name"]);
            seen.push(focus["name"].as_str().unwrap_or_default().to_owned());
            assert!(seen.len() < 1000, "the focus never leaves the page");
        }
        let buttons =
            ["Toggle Table of Contents", "Change theme", "Toggle Searchbar", "Next chapter: "];
        for button in buttons {
            assert!(
                seen.iter().any(|it| it.starts_with(button)),
                "{width} pixels: no {button} in {seen:#?}"
            );
        }
    }
}

#[test]
fn the_whole_book_works_as_a_file_alone() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("socket-labs.html");
    fs::copy(BOOK.join("print.html"), &file).unwrap();
    let url = format!("file://{}", file.display());
    let mut browser = Browser::start();
    browser.look(390, "dark");
    browser.open(&url);
    assert_none(&browser.complaints(&url));
    assert_none(&browser.strings(&script("look.js")));
    let dead = "[...document.querySelectorAll('a[href^=\"#\"]')].map(link => link.hash.slice(1))\
                .filter(anchor => !document.getElementById(decodeURIComponent(anchor)))";
    assert_none(&browser.strings(dead));
    let titles = browser.strings("[...document.querySelectorAll('h1')].map(it => it.textContent)");
    assert_eq!(titles.len(), 1 + chapters().len(), "{titles:#?}");
}

#[test]
fn on_paper_everything_is_black_and_unfolded() {
    let mut browser = Browser::start();
    for page in [chapters()[1].as_str(), "print.html"] {
        browser.look(1280, "dark");
        browser.open(&format!("{}{page}", *HOME));
        browser.command("Emulation.setEmulatedMedia", &json!({ "media": "print" }));
        let pale = "[...document.querySelectorAll('main *')].filter(it => it.checkVisibility())\
                    .filter(it => getComputedStyle(it).color !== 'rgb(0, 0, 0)')\
                    .map(it => it.outerHTML)";
        assert_none(&browser.strings(pale));
        let folded = "[...document.querySelectorAll('details > :not(summary)')]\
                      .filter(it => !it.checkVisibility() || it.offsetHeight === 0)\
                      .map(it => it.outerHTML)";
        assert_none(&browser.strings(folded));
    }
}

#[cfg(axe_core)]
#[test]
fn no_page_breaks_an_accessibility_rule() {
    let axe = fs::read_to_string(env!("AXE_CORE")).expect("the build script found it");
    let mut browser = Browser::start();
    let mut broken = Vec::new();
    for page in pages() {
        let mut check = |browser: &mut Browser, look: &str| {
            let rules = browser.strings(&script("rules.js"));
            broken.extend(rules.into_iter().map(|rule| format!("{page}, {look}: {rule}")));
        };
        browser.look(1280, "light");
        browser.open(&format!("{}{page}?search=reset", *HOME));
        browser.evaluate(&script("search.js"));
        browser.evaluate(&axe);
        browser.evaluate(&script("unfold.js"));
        // The other themes follow the system's choice, and a page without a script has no other.
        for theme in ["rust", "coal", "ayu", "default_theme"] {
            let chosen = format!(
                "(button => {{ button?.click(); return Boolean(button); }})\
                 (document.getElementById('mdbook-theme-{theme}'))"
            );
            if browser.evaluate(&chosen) == true && theme != "default_theme" {
                check(&mut browser, theme);
            }
        }
        for width in WIDTHS {
            for colours in COLOURS {
                browser.look(width, colours);
                check(&mut browser, &format!("{width} pixels, {colours}"));
            }
        }
    }
    assert_none(&broken);
}

/// Every page, by its address below the book's.
fn pages() -> Vec<String> {
    let others = ["index.html", "toc.html", "print.html"].map(str::to_owned);
    chapters().into_iter().chain(others).collect()
}

/// The pages of the chapters, in the order of the book.
fn chapters() -> Vec<String> {
    let contents = fs::read_to_string(BOOK.join("toc.html")).unwrap();
    let links = contents.split("<a href=\"").skip(1).filter_map(|link| link.split('"').next());
    links.map(str::to_owned).collect()
}

#[track_caller]
fn assert_none(complaints: &[String]) {
    assert!(complaints.is_empty(), "{} complaints:\n{}", complaints.len(), complaints.join("\n"));
}
