//! Templates that were made to fill a disk, a memory, a stack or an hour.

/// Templates by what they try.
pub(crate) fn bombs() -> Vec<(&'static str, String)> {
    let text = "x".repeat(30_000);
    let twice = |begin: &str, step: &str, end: &str| format!("{begin}{}{end}", step.repeat(60));
    let deep = |open: &str, middle: &str, close: &str, times: usize| {
        format!("{}{middle}{}", open.repeat(times), close.repeat(times))
    };
    let many = |tag: &str| format!("{{% for i in range(800) %}}{}{{% endfor %}}", tag.repeat(10));
    vec![
        ("a text that doubles", twice("{% set s = 'xxxxxxxx' %}", "{% set s = s ~ s %}", "{{ s }}")),
        ("a sum that doubles", twice("{% set s = 'xxxxxxxx' %}", "{% set s = s + s %}", "{{ s }}")),
        ("a sum of a text that doubles", twice("{% set s = 'x' %}", "{% set s = s|string + s|string %}", "")),
        ("a list that doubles", twice("{% set a = [1] %}", "{% set a = a + a %}", "{{ a }}")),
        ("a list in itself", twice("{% set a = [1] %}", "{% set a = [a, a] %}", "{{ a ~ '' }}")),
        ("a map in itself", twice("{% set a = {} %}", "{% set a = {'a': a, 'b': a} %}", "{{ a ~ '' }}")),
        ("a dict in itself", twice("{% set a = 1 %}", "{% set a = dict(a=a, b=a) %}", "{{ a ~ '' }}")),
        (
            "a text that doubles in a loop",
            "{% set n = namespace(s='x') %}{% for i in range(99) %}{% set n.s = n.s ~ n.s %}{% endfor %}"
                .to_owned(),
        ),
        ("a repeated list", "{{ [1] * 100000000 ~ '' }}".to_owned()),
        ("a repeated text", "{{ 'x' * 100000000 }}".to_owned()),
        ("a text repeated a number of times", "{{ 'x' * 100000000|int }}".to_owned()),
        (
            "a list repeated again and again",
            twice("{% set a = [1] %}", "{% set a = a * 9 %}", "{{ a ~ '' }}"),
        ),
        ("a power", "{{ 9 ** 99999999 }}{{ 9.5 ** 9 ** 99 }}{{ 2 ** 100 ** 100 }}".to_owned()),
        ("a range", "{% for i in range(99999999) %}x{% endfor %}".to_owned()),
        ("ranges one after the other", "{{ range(100000) ~ '' }}".repeat(2000)),
        ("loops in loops", deep("{% for i in range(100) %}", "x", "{% endfor %}", 12)),
        ("a recursive loop", "{% for x in [[1]] recursive %}{{ loop([x]) }}{% endfor %}".to_owned()),
        ("a chain of replacements", format!("{{{{ 'x'{} }}}}", "|replace('x', 'xxxxxxxx')".repeat(30))),
        ("a text in each of its places", format!("{{% set s = '{text}' %}}{{{{ s|replace('x', s) }}}}")),
        ("a text between each of its letters", format!("{{% set s = '{text}' %}}{{{{ s|list|join(s) }}}}")),
        ("letters of letters", format!("{{% set s = '{text}' %}}{}", "{% set a = s|list %}".repeat(1500))),
        ("a giant output", format!("{{% set s = '{text}' %}}{}", "{{ s }}".repeat(4000))),
        (
            "a giant set",
            format!("{{% set s = '{text}' %}}{}", "{% set s %}{{ s }}{{ s }}{% endset %}".repeat(60)),
        ),
        ("a wide number", "{{ '%1000000000d'|format(1) }}".to_owned()),
        ("a deep indent", "{{ 'x\nx'|indent(1000000000, true) }}".to_owned()),
        ("a filled batch", twice("{% set a = [1] %}", "{% set a = 'x'|batch(99, a) %}", "{{ a ~ '' }}")),
        ("a zip", twice("{% set a = [1] %}", "{% set a = a|zip(a) %}", "{{ a ~ '' }}")),
        ("a chain", twice("{% set a = [1] %}", "{% set a = a|chain(a) %}", "{{ a ~ '' }}")),
        (
            "a default for all",
            format!("{{% set s = '{text}' %}}{{{{ 'xxxx'|list|map(attribute='y', default=s) ~ '' }}}}"),
        ),
        ("a sum of lists", "{{ [[1], [2]]|sum(start=[]) }}".to_owned()),
        ("an include of itself", "{% include 'html' %}".to_owned()),
        ("a template of itself", "{% extends 'html' %}".to_owned()),
        ("an import of itself", "{% import 'html' as h %}{{ h }}".to_owned()),
        ("a macro of itself", "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}".to_owned()),
        ("brackets in brackets", format!("{{{{ {} }}}}", deep("(", "1", ")", 30_000))),
        ("lists in lists", format!("{{{{ {} }}}}", deep("[", "1", "]", 30_000))),
        ("ifs in ifs", deep("{% if 1 %}", "x", "{% endif %}", 2_900)),
        ("an if with very many others", format!("{{% if 0 %}}{}{{% endif %}}", "{% elif 0 %}".repeat(5_000))),
        ("attributes of attributes", format!("{{{{ org{} }}}}", ".a".repeat(30_000))),
        ("filters of filters", format!("{{{{ 'x'{} }}}}", "|e".repeat(30_000))),
        ("an endless sum", format!("{{{{ 1{} }}}}", "+1".repeat(30_000))),
        ("nots of nots", format!("{{{{ {} 1 }}}}", "not ".repeat(15_000))),
        ("an endless comparison", format!("{{{{ 1{} }}}}", "<2".repeat(30_000))),
        ("endless ands", format!("{{{{ 1{} }}}}", " and 1".repeat(10_000))),
        ("endless choices", format!("{{{{ 1{} }}}}", " if 1 else 1".repeat(5_000))),
        ("many variables", "{% set a = 1 %}".repeat(4_200)),
        ("quotes in quotes", deep("<blockquote>", "x<br>x", "</blockquote>", 2_000)),
        ("quotes in quotes on many lines", format!("{}{}", many("<blockquote>"), many("<br>x"))),
        (
            "as many quotes as may be, on many lines",
            format!("{}{}", "<blockquote>".repeat(55), many("<br>x")),
        ),
        ("lists of lists", many("<ul><li>")),
        ("tags in tags", many("<div>")),
        ("bold in bold", "<b>".repeat(21_000)),
        ("tables in tables", many("<table><tr><td>")),
        (
            "a wide table",
            "<table><tr><td colspan=4000000000>x<tr><td rowspan=4000000000>y</table>".to_owned(),
        ),
        ("very many columns", format!("<table><tr>{}</table>", "<td>x<tr>".repeat(6_000))),
    ]
}
