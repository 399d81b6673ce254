"""The book's own extension `used_styles`: only the rules that some page can use."""

import pytest
import used_styles


@pytest.mark.parametrize(
    ("sheet", "kept"),
    [
        (".on{a:b}.off{a:b}", ".on{a:b}"),
        (".on,.off .on,p{a:b}", ".on,p{a:b}"),
        # One of many, or none: such an element can be there.
        (":is(.on,.off){a:b}p:not(.off){a:b}[x='.off']{a:b}", None),
        ("@media print{.off{a:b}}@media (x){.off{a:b}.on{a:url('{.off}')}}",
         "@media (x){.on{a:url('{.off}')}}"),
        ("@charset 'x';@font-face{a:.5}@keyframes off{to{a:b}}/* .off{ */", None),
        (".on{a:1.5;b:c}", None),
    ],
)  # fmt: skip
def test_only_the_rules_in_use_stay(sheet, kept):
    wanted = sheet.partition("/*")[0] if kept is None else kept
    assert used_styles.used(sheet, {"on", "p"}) == wanted
