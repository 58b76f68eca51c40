"""Hostile submissions for undeserved points: none has one."""

import pytest

from hostile_world import names

CASES = names(__name__)


@pytest.mark.parametrize("name", CASES)
def test_a_case_has_what_it_deserves_and_harms_nobody(name, outcomes, subtests, golden):
    outcomes.check(name, subtests, golden)


def test_the_host_is_as_before_and_no_process_is_left(outcomes):
    outcomes.check_host()
