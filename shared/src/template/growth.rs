//! What a template may say, so that it holds no more in memory than its fuel pays for.
//!
//! The engine takes fuel for every byte and every place in a list that it makes, which bounds both. But a list made
//! of other lists costs nothing, as it only points at them: doubled thirty times it stands for a thousand million
//! items, and one further step writes all of them out before anything is paid. So whatever makes lists of lists, or
//! repeats what it is given, is refused before the engine sees it; also by the compiler, which works out what
//! is constant without any fuel.

use minijinja::machinery::ast::{BinOpKind, CallArg, Expr, Stmt, UnaryOpKind};

/// What is refused, and in which line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Refused {
    pub(super) line: u16,
    pub(super) why: String,
}

type Checked = Result<(), Refused>;

/// Filters that give no more than they are given, or pay for it as they go. `safe` is not one of them: nothing may
/// say of itself that it needs no escaping.
const FILTERS: [&str; 36] = [
    "abs",
    "bool",
    "capitalize",
    "count",
    "d",
    "default",
    "dictsort",
    "e",
    "escape",
    "first",
    "float",
    "indent",
    "int",
    "items",
    "join",
    "last",
    "length",
    "lines",
    "list",
    "lower",
    "max",
    "min",
    "reject",
    "rejectattr",
    "replace",
    "reverse",
    "round",
    "select",
    "selectattr",
    "sort",
    "split",
    "string",
    "title",
    "trim",
    "unique",
    "upper",
];

/// Filters that give a number, or nothing at all.
const COUNTING: [&str; 6] = ["abs", "count", "float", "int", "length", "round"];

/// Checks a whole template.
pub(super) fn check(template: &Stmt<'_>) -> Checked {
    match template {
        Stmt::Template(it) => all(&it.children),
        Stmt::EmitRaw(_) => Ok(()),
        Stmt::EmitExpr(it) => expression(&it.expr),
        Stmt::ForLoop(it) => {
            if it.recursive {
                return refused(it.span().start_line, "a loop cannot be recursive");
            }
            expression(&it.iter)?;
            it.filter_expr.as_ref().map_or(Ok(()), expression)?;
            all(&it.body)?;
            all(&it.else_body)
        }
        Stmt::IfCond(it) => {
            expression(&it.expr)?;
            all(&it.true_body)?;
            all(&it.false_body)
        }
        Stmt::WithBlock(it) => {
            it.assignments.iter().try_for_each(|(_, value)| expression(value))?;
            all(&it.body)
        }
        Stmt::Set(it) => expression(&it.expr),
        Stmt::SetBlock(it) => {
            it.filter.as_ref().map_or(Ok(()), expression)?;
            all(&it.body)
        }
        Stmt::AutoEscape(it) => {
            expression(&it.enabled)?;
            all(&it.body)
        }
        Stmt::FilterBlock(it) => {
            expression(&it.filter)?;
            all(&it.body)
        }
        Stmt::Do(it) => refused(it.span().start_line, "there is no do"),
    }
}

fn all(statements: &[Stmt<'_>]) -> Checked {
    statements.iter().try_for_each(check)
}

fn expression(expr: &Expr<'_>) -> Checked {
    let line = expr.span().start_line;
    match expr {
        Expr::Var(_) | Expr::Const(_) => Ok(()),
        Expr::Slice(it) => {
            let ends = [&it.start, &it.stop, &it.step].into_iter().flatten();
            expression(&it.expr)?;
            ends.into_iter().try_for_each(expression)
        }
        Expr::UnaryOp(it) => expression(&it.expr),
        Expr::BinOp(it) => {
            operator(it.op, (&it.left, &it.right), line)?;
            expression(&it.left)?;
            expression(&it.right)
        }
        Expr::Compare(it) => {
            expression(&it.expr)?;
            it.ops.iter().try_for_each(|op| expression(&op.expr))
        }
        Expr::IfExpr(it) => {
            expression(&it.test_expr)?;
            expression(&it.true_expr)?;
            it.false_expr.as_ref().map_or(Ok(()), expression)
        }
        Expr::Filter(it) => {
            if !FILTERS.contains(&it.name) {
                return refused(line, &format!("there is no filter {}", it.name));
            }
            it.expr.as_ref().map_or(Ok(()), expression)?;
            arguments(&it.args)
        }
        Expr::Test(it) => {
            expression(&it.expr)?;
            arguments(&it.args)
        }
        Expr::GetAttr(it) => expression(&it.expr),
        Expr::GetItem(it) => {
            expression(&it.expr)?;
            expression(&it.subscript_expr)
        }
        Expr::Call(it) => {
            let is_range = matches!(&it.expr, Expr::Var(name) if name.id == "range");
            if !is_range {
                return refused(line, "there is no such function");
            }
            arguments(&it.args)
        }
        Expr::List(it) => constants(&it.items, line),
        Expr::Tuple(it) => constants(&it.items, line),
        Expr::Map(it) => {
            constants(&it.keys, line)?;
            constants(&it.values, line)
        }
    }
}

fn arguments(args: &[CallArg<'_>]) -> Checked {
    args.iter().try_for_each(|arg| match arg {
        CallArg::Pos(value) | CallArg::Kwarg(_, value) => expression(value),
        CallArg::PosSplat(value) | CallArg::KwargSplat(value) => {
            refused(value.span().start_line, "arguments must be written one by one")
        }
    })
}

/// A list that is written down is as long as its source; one that names other lists may stand for any number.
fn constants(items: &[Expr<'_>], line: u16) -> Checked {
    if items.iter().all(|item| matches!(item, Expr::Const(_))) {
        return Ok(());
    }
    refused(line, "a list can only have numbers and texts in it that are written there")
}

/// Sums and products of lists are lists, so whoever adds must show that it is no list.
fn operator(op: BinOpKind, (left, right): (&Expr<'_>, &Expr<'_>), line: u16) -> Checked {
    match op {
        BinOpKind::Add if !(is_single(left) || is_single(right)) => {
            refused(line, "a sum needs a number or a text on one side: write x|int or x|string")
        }
        BinOpKind::Mul if !(is_number(left) && is_number(right)) => {
            refused(line, "a product needs a number on both sides: write x|int")
        }
        BinOpKind::Add
        | BinOpKind::Mul
        | BinOpKind::Eq
        | BinOpKind::Ne
        | BinOpKind::Lt
        | BinOpKind::Lte
        | BinOpKind::Gt
        | BinOpKind::Gte
        | BinOpKind::ScAnd
        | BinOpKind::ScOr
        | BinOpKind::Sub
        | BinOpKind::Div
        | BinOpKind::FloorDiv
        | BinOpKind::Rem
        | BinOpKind::Pow
        | BinOpKind::Concat
        | BinOpKind::In => Ok(()),
    }
}

/// Whether it is a number, whatever the values are, or else an error.
fn is_number(expr: &Expr<'_>) -> bool {
    match expr {
        Expr::Const(it) => it.value.is_number(),
        Expr::UnaryOp(it) => matches!(it.op, UnaryOpKind::Neg),
        Expr::Filter(it) => COUNTING.contains(&it.name),
        Expr::BinOp(it) => match it.op {
            BinOpKind::Sub | BinOpKind::Div | BinOpKind::FloorDiv | BinOpKind::Rem | BinOpKind::Pow => true,
            BinOpKind::Add => is_number(&it.left) || is_number(&it.right),
            BinOpKind::Mul => is_number(&it.left) && is_number(&it.right),
            BinOpKind::Eq
            | BinOpKind::Ne
            | BinOpKind::Lt
            | BinOpKind::Lte
            | BinOpKind::Gt
            | BinOpKind::Gte
            | BinOpKind::ScAnd
            | BinOpKind::ScOr
            | BinOpKind::Concat
            | BinOpKind::In => false,
        },
        Expr::Var(_)
        | Expr::Slice(_)
        | Expr::Compare(_)
        | Expr::IfExpr(_)
        | Expr::Test(_)
        | Expr::GetAttr(_)
        | Expr::GetItem(_)
        | Expr::Call(_)
        | Expr::List(_)
        | Expr::Tuple(_)
        | Expr::Map(_) => false,
    }
}

/// Whether it is a number or a text.
fn is_single(expr: &Expr<'_>) -> bool {
    match expr {
        Expr::Const(it) => it.value.as_str().is_some() || is_number(expr),
        Expr::Filter(it) => it.name == "string" || is_number(expr),
        Expr::BinOp(it) => matches!(it.op, BinOpKind::Concat) || is_number(expr),
        Expr::UnaryOp(_)
        | Expr::Var(_)
        | Expr::Slice(_)
        | Expr::Compare(_)
        | Expr::IfExpr(_)
        | Expr::Test(_)
        | Expr::GetAttr(_)
        | Expr::GetItem(_)
        | Expr::Call(_)
        | Expr::List(_)
        | Expr::Tuple(_)
        | Expr::Map(_) => is_number(expr),
    }
}

fn refused(line: u16, why: &str) -> Checked {
    Err(Refused { line, why: why.to_owned() })
}
