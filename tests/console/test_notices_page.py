"""The list of notices."""
from gateway.people.permissions import Role
def test_x(visit):
    print(visit(Role.OPERATOR).page("/notices")[:3000])
