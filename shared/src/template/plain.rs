//! The plain text of a mail whose author wrote HTML alone.

use std::collections::BTreeMap;

use html2text::{Handle, config};

/// Columns at which text is wrapped; addresses are longer and stay whole.
const WIDTH: usize = 78;

/// Most tags within each other that are read. What is quoted in quotes grows with its depth on every line, and
/// whoever reads it goes as deep on the stack.
const DEPTH: usize = 60;

/// Most tags without an end, such as `p` and `li` may be: the parser looks through all that are open at each tag.
const OPEN: usize = 1_000;

/// Tags that have no end.
const SINGLE: [&str; 8] = ["area", "br", "col", "hr", "img", "link", "meta", "wbr"];

/// What a rendered HTML part says, its links numbered and listed at the end; `None` where that cannot be said.
///
/// It is made of what was rendered, where values are escaped already, so nothing of a supporter's can
/// be taken for a tag and vanish, or for a link.
pub(super) fn text_of(html: &str) -> Option<String> {
    if open_tags(html) > OPEN {
        return None;
    }
    let reader = config::plain().raw_mode(true).no_table_borders().no_link_wrapping().allow_width_overflow();
    let document = reader.parse_html(html.as_bytes()).ok()?;
    if is_deeper(&document.document, DEPTH) {
        return None;
    }
    let tree = reader.dom_to_render_tree(&document).ok()?;
    reader.render_to_string(tree, WIDTH).ok()
}

/// How many tags are begun more often than ended, by their names alone.
fn open_tags(html: &str) -> usize {
    let mut open = BTreeMap::<String, usize>::new();
    for tag in html.split('<').skip(1) {
        let name = |tag: &str| {
            let name = tag.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
            name.to_ascii_lowercase()
        };
        if let Some(ended) = tag.strip_prefix('/') {
            if let Some(count) = open.get_mut(&name(ended)) {
                *count = count.saturating_sub(1);
            }
        } else if !SINGLE.contains(&name(tag).as_str()) {
            *open.entry(name(tag)).or_default() += 1;
        }
    }
    open.values().sum()
}

/// Whether something is below so many others.
fn is_deeper(root: &Handle, depth: usize) -> bool {
    let mut open = vec![(root.clone(), 0)];
    while let Some((node, above)) = open.pop() {
        if above > depth {
            return true;
        }
        open.extend(node.children.borrow().iter().map(|child| (child.clone(), above + 1)));
    }
    false
}
