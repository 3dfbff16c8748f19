//! The plain text of a mail whose author wrote HTML alone.

use html2text::config;

/// Columns at which text is wrapped; addresses are longer and stay whole.
const WIDTH: usize = 78;

/// What a rendered HTML part says, its links numbered and listed at the end.
///
/// It is made of what was rendered, where values are escaped already, so nothing of a supporter's can
/// be taken for a tag and vanish, or for a link.
pub(super) fn text_of(html: &str) -> Result<String, html2text::Error> {
    config::plain()
        .raw_mode(true)
        .no_table_borders()
        .no_link_wrapping()
        .allow_width_overflow()
        .string_from_read(html.as_bytes(), WIDTH)
}
