//! How deep a template or a mail may go: whoever reads it goes as deep on the stack, which has an end, and the
//! process with it.

use minijinja::{
    machinery::{Token, tokenize},
    syntax::SyntaxConfig,
};

use super::growth::Refused;

/// Most words and signs within one pair of braces: an expression goes as deep as it is long.
const WORDS: usize = 200;

/// Most tags of a part that are no variables, such as `if` and `elif`: each of these may go one deeper.
const TAGS: usize = 500;

/// Refuses a template that may go too deep; what cannot be read is the parser's to say.
pub(super) fn check(source: &str) -> Result<(), Refused> {
    let (mut words, mut tags) = (0, 0);
    for (token, span) in tokenize(source, false, SyntaxConfig::default()).map_while(Result::ok) {
        if matches!(token, Token::TemplateData(_) | Token::VariableStart) {
            words = 0;
        } else if matches!(token, Token::BlockStart) {
            (words, tags) = (0, tags + 1);
        } else {
            words += 1;
        }
        let why = match (words > WORDS, tags > TAGS) {
            (true, _) => format!("there are more than {WORDS} words and signs in one pair of braces"),
            (_, true) => format!("there are more than {TAGS} tags"),
            (false, false) => continue,
        };
        return Err(Refused { line: span.start_line, why });
    }
    Ok(())
}
