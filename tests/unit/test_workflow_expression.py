"""The expression of a workflow: what it means, how it is written again, and what is said of one that cannot be read."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qctl.model.workflow.expression import BadPipeline, is_expression, parse
from qctl.model.workflow.tree import MOST_NESTING, Chain, Each, FromFile, Group, Literal, Step, Tree
from qctl.model.workflow.wording import to_text

untimed = settings(deadline=None)  # other people's work on the machine is no failure


def step(task: str, *words: object, column: int | None = 0, **more: object) -> Step:
    return Step(task=task, typed=False, words=words, column=column, **more)  # type: ignore[arg-type]


def bare(tree: Tree) -> Tree:
    """The same without where its steps stand."""
    if isinstance(tree, Step):
        return step(
            tree.task,
            *tree.words,
            column=None,
            params=tree.params,
            takes_input=tree.takes_input,
            tolerant=tree.tolerant,
            handler=tree.handler,
            options=tree.options,
        )
    if isinstance(tree, Chain):
        return Chain(elements=tuple(map(bare, tree.elements)))
    return Group(members=tuple(map(bare, tree.members)), tolerant=tree.tolerant)


def refused(text: str) -> BadPipeline:
    with pytest.raises(BadPipeline) as caught:
        parse(text)
    return caught.value


class TestMeaning:
    def test_steps_one_after_the_other_are_a_chain_and_in_brackets_a_group(self) -> None:
        tree = parse("dump(db=main) | [gzip, checksum | sign] | upload(bucket=s3://dr)")

        group = Group(members=(step("gzip"), Chain(elements=(step("checksum"), step("sign")))))
        dump, upload = step("dump", params={"db": "main"}), step("upload", params={"bucket": "s3://dr"})
        assert bare(tree) == bare(Chain(elements=(dump, group, upload)))

    @pytest.mark.parametrize("text", ["a", " a ", "a()", "a( )", "\n a\n"])
    def test_one_step_is_that_step(self, text: str) -> None:
        assert bare(parse(text)) == step("a", column=None)

    def test_groups_nest_and_one_of_one_stays_a_group(self) -> None:
        tree = parse("[[a, b], [c]]")

        pair, one = Group(members=(step("a"), step("b"))), Group(members=(step("c"),))
        assert bare(tree) == bare(Group(members=(pair, one)))

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("k=main", "main"),
            ("k = main ", "main"),
            ("k=a b", "a b"),
            ("k=s3://dr/x?y=[1]|z", "s3://dr/x?y=[1]|z"),
            ("k=f(x", "f(x"),
            ('k=a"b', 'a"b'),
            ('k=""', ""),
            ('k="a, (b)\\n\\u00e9"', "a, (b)\né"),
            ('k="@x"', "@x"),
            ("k={db}", "{db}"),
            ("k:=5", Literal(5)),
            ('k := {"a": [1, 2)]}'.replace(")", ""), Literal({"a": [1, 2]})),
            ('k:="5"', Literal("5")),
            ("k=@/etc/token", FromFile("/etc/token")),
            ("k=@-", FromFile("-")),
            ('k=@"a, b"', FromFile("a, b")),
            ("k=each(@-)", Each(path="-")),
            ("k=each( @hosts.txt )", Each(path="hosts.txt")),
            ('k=each(["a", 2])', Each(values=("a", Literal(2)))),
            ("k=each([])", Each(values=())),
            ("k=each({hosts})", Each(param="hosts")),
            ("k=eachother", "eachother"),
        ],
    )
    def test_a_value_ends_at_a_comma_or_parenthesis_unless_it_is_quoted(self, text: str, value: object) -> None:
        tree = parse(f"a({text}, last=1)")

        assert isinstance(tree, Step)
        assert tree.params == {"k": value, "last": "1"}

    def test_values_without_a_name_are_kept_in_order(self) -> None:
        assert bare(parse('add(4, "x=1", each(@-))')) == step("add", "4", "x=1", Each(path="-"), column=None)

    @pytest.mark.parametrize("marks", ["?!*3@batch", "@batch*3!?", " ? ! *3 @batch "])
    def test_marks_come_in_any_order(self, marks: str) -> None:
        tree = parse(f"a(1){marks}")

        said = {"tolerant": True, "handler": True, "options": {"retries": 3, "queue": "batch"}}
        assert bare(tree) == step("a", "1", column=None, **said)

    def test_a_dot_before_a_name_passes_nothing_and_one_within_is_a_part_of_it(self) -> None:
        assert bare(parse(".ops.reports-2")) == step("ops.reports-2", column=None, takes_input=False)

    def test_a_group_may_be_tolerated(self) -> None:
        tree = parse("[a, b]? | c")

        assert isinstance(tree, Chain)
        assert isinstance(tree.elements[0], Group)
        assert tree.elements[0].tolerant

    def test_each_step_knows_where_it_stands(self) -> None:
        tree = parse("a | [bb, .c]")

        assert isinstance(tree, Chain)
        first, group = tree.elements
        assert isinstance(group, Group)
        assert [part.column for part in (first, *group.members) if isinstance(part, Step)] == [0, 5, 9]

    @pytest.mark.parametrize(("text", "is_one"), [("backup-db", False), ("a|b", True), ("[a]", True), ("a(x=1)", True)])
    def test_what_holds_a_sign_of_it_is_an_expression(self, text: str, is_one: bool) -> None:
        assert is_expression(text) is is_one


class TestErrors:
    @pytest.mark.parametrize(
        ("text", "column", "why", "hint"),
        [
            ("", 0, "it is empty", "a | [b, c] | d"),
            ("a | ", 4, "expected the name of a task", ""),
            ("a || b", 3, "before `|`", "one `|`"),
            ("| a", 0, "before `|`", ""),
            ("a >> b", 2, "expected `|`", "parted by `|`"),
            ("a -> b", 2, "expected `|`", ""),
            ("a & b", 2, "expected `|`", "[a, b]"),
            ("a, b", 1, "expected `|`", "[a, b]"),
            ("a]", 1, "expected `|`", "no `[` before it"),
            ("dump db=main | x", 5, "expected `|`", "dump(db=main)"),
            ("[a, b", 5, "expected `,` or `]`", ""),
            ("[]", 1, "expected a task", "at least one member"),
            ("[a]*3", 3, "a group takes no mark", "behind its members"),
            ("a(b", 3, "expected `,` or `)`", "in quotes"),
            ("a(k=)", 4, "expected a value", '""'),
            ("a(1,)", 4, "expected a value", ""),
            ("a(k=1, k=2)", 7, "`k` is given twice", ""),
            ("a(k:=[1,)", 8, "no JSON", ""),
            ('a(k="b)', 4, "no JSON: Unterminated string", ""),
            ("a(k:=NaN)", 5, "NaN is no JSON", ""),
            ("a(k=each(b))", 9, "a file or a JSON list", "each(@-)"),
            ("a(k=each(@-)", 12, "expected `,` or `)`", ""),
            ("a(k=@)", 5, "the path of a file", ""),
            ("a*", 1, "how often", "step*3"),
            ("a*9999999", 1, "how often", ""),
            ("a@ | b", 1, "the name of a queue", "step@batch"),
            ("a??", 2, "`?` is said twice", ""),
            (". | b", 2, "expected a task", ""),
            ("ä", 0, "expected the name of a task", ""),
        ],
    )
    def test_the_place_is_shown_with_what_was_expected_and_a_hint(
        self, text: str, column: int, why: str, hint: str
    ) -> None:
        error = refused(text)

        lines = str(error).splitlines()
        assert why in lines[0]
        assert hint in error.advice
        assert error.begin == column
        assert lines[-1].index("^") == column
        assert error.exit_code == 2

    @pytest.mark.parametrize("text", ["[" * 100_000, "a(k:=" + "[" * 100_000, "[" * (MOST_NESTING + 1) + "a"])
    def test_nesting_without_end_is_refused_like_anything_else(self, text: str) -> None:
        assert "deep" in refused(text).why

    def test_as_deep_as_is_allowed_goes(self) -> None:
        assert to_text(parse("[" * MOST_NESTING + "a" + "]" * MOST_NESTING)).count("[") == MOST_NESTING

    @untimed
    @given(
        st.lists(st.sampled_from([*"|[](),.?!*@=:{} \n\"\\'", "each(", "@-", ":=", "a", "b2", "7", '"x"', "é", "{x}"]))
        .map("".join)
        .__or__(st.text())
    )
    def test_whatever_is_typed_is_read_or_told_of_as_one_error(self, text: str) -> None:
        try:
            tree = parse(text)
        except BadPipeline:
            return
        assert bare(parse(to_text(tree))) == bare(tree)


NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,8}", fullmatch=True)
KEYS = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,5}", fullmatch=True)
PLAIN_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-1000, 1000) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
VALUES = st.one_of(
    st.text(),
    st.builds(FromFile, st.text(min_size=1)),
    st.builds(lambda path: Each(path=path), st.text(min_size=1)),
    st.builds(lambda param: Each(param=param), KEYS),
    st.builds(
        lambda values: Each(values=tuple(one if isinstance(one, str) else Literal(one) for one in values)),
        st.lists(PLAIN_JSON, max_size=3),
    ),
)
STEPS = st.builds(
    lambda task, words, params, said, options: step(task, *words, column=None, params=params, options=options, **said),
    NAMES,
    st.lists(VALUES, max_size=2),
    st.dictionaries(KEYS, VALUES | st.builds(Literal, PLAIN_JSON), max_size=2),
    st.fixed_dictionaries({"takes_input": st.booleans(), "tolerant": st.booleans(), "handler": st.booleans()}),
    st.fixed_dictionaries({}, optional={"retries": st.integers(0, 1_000_000), "queue": NAMES}),
)
TREES = st.recursive(
    STEPS,
    lambda inner: st.one_of(
        st.builds(
            lambda members, tolerant: Group(members=tuple(members), tolerant=tolerant),
            st.lists(inner, min_size=1, max_size=3),
            st.booleans(),
        ),
        st.lists(inner.filter(lambda part: not isinstance(part, Chain)), min_size=2, max_size=3).map(
            lambda parts: Chain(elements=tuple(parts))
        ),
    ),
    max_leaves=8,
)


class TestWording:
    @untimed
    @given(TREES)
    def test_what_is_written_is_read_as_the_same(self, tree: Tree) -> None:
        assert bare(parse(to_text(tree))) == tree

    @pytest.mark.parametrize(
        "text",
        [
            "dump(db=main) | [gzip, checksum] | upload(bucket=s3://dr)",
            ".a?!*3@batch | [b | c, d]?",
            'a(x="", y="a, b", z:={"k":[1]}, f=@-, e=each(@-), g=each(["a",1]), h=each({hosts}))',
        ],
    )
    def test_nothing_is_quoted_that_need_not_be(self, text: str) -> None:
        assert to_text(parse(text)) == text

    def test_what_python_composes_is_written_in_the_same_words(self) -> None:
        tree = Chain(elements=(Step(task="add", args=(4, "x"), params={"z": [1]}), Group(members=())))

        assert to_text(tree) == "add(4, x, z:=[1]) | []"

    def test_a_secret_is_not_written(self) -> None:
        tree = Step(task="login", params={"token": "hush", "user": "me"})

        assert to_text(tree, lambda task, name: (task, name) == ("login", "token")) == "login(token=***, user=me)"
        assert to_text(Step(task="a", params={"t": FromFile("/etc/t", "hush")}, typed=False)) == "a(t=@/etc/t)"


def test_a_composition_that_is_too_long_is_told_in_short() -> None:
    tree = parse("dump | [" + ", ".join(f"num(n={number})" for number in range(2000)) + "] | [a, b, c, d]")
    assert to_text(tree, most=100) == "dump | [num × 2,000] | [a, b, c, d]"
    assert len(to_text(parse(" | ".join(["dump(db=main)"] * 50)), most=100)) == 100
    assert to_text(parse("[a, a, a, a]"), most=100) == "[a, a, a, a]"
