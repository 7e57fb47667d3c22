//! From the name of a document to its address.

/// The documents that a source names, each with its address as a link.
pub fn link(source: &str) -> String {
    let references = source.trim_end_matches('.').split("; ");
    references.map(link_one).collect::<Vec<_>>().join("; ")
}

fn link_one(reference: &str) -> String {
    let address = rfc(reference).or_else(|| manual_page(reference));
    let Some((name, address)) = address else { return reference.to_owned() };
    let rest = &reference[name.len()..];
    format!("[{name}]({address}){rest}")
}

/// `RFC 9293, section 3.5`, and the address of that section.
///
/// Of an old one with deep sections, such as RFC 1122, only the pages have addresses of their own.
fn rfc(reference: &str) -> Option<(String, String)> {
    // What it says there may follow a colon.
    let mut parts = reference.split_once(": ").map_or(reference, |(named, _)| named).split(", ");
    let mut name = parts.next()?.to_owned();
    let mut address = format!("https://www.rfc-editor.org/rfc/rfc{}", name.strip_prefix("RFC ")?);
    let document = address.clone();
    for part in parts {
        let Some((unit @ ("section" | "page"), number)) = part.split_once(' ') else { break };
        name += &format!(", {part}");
        if unit == "page" || !document.ends_with("rfc1122") {
            address = format!("{document}#{unit}-{number}");
        }
    }
    Some((name, address))
}

/// `udp(7)`, and its address.
fn manual_page(reference: &str) -> Option<(String, String)> {
    let (name, rest) = reference.split_once('(')?;
    let (section, _) = rest.split_once(')')?;
    section.parse::<u8>().ok()?;
    let address = format!("https://man7.org/linux/man-pages/man{section}/{name}.{section}.html");
    Some((format!("{name}({section})"), address))
}
