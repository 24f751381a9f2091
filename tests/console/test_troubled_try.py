from gateway.people.permissions import Role


def test_x(visit_troubled, troubles):
    for lang in ("fa", "en"):
        for role in Role:
            v = visit_troubled(role, language=lang)
            for p in ("/", "/refused", "/queue", "/queue/doubts", "/queue/quarantine", "/endpoints"):
                a = v.get(p)
                assert a.status_code in (200, 403), (role, p, a.text[-2000:])
    print(troubles.installation.file)
