"""The files that `qctl import crontab` reads and writes as root: links, modes, owners, and what is given up by cron."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support import Answer, Home
from tests.support.command_line import SOURCE
from tests.support.crontabs import etc, import_, spool, with_crontab

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root must not trust what others may write")
LINE = "0 4 * * * root /opt/shop.sh\n"


@pytest.fixture
def image(home: Home) -> Home:
    """A home with an image below `image`."""
    etc(home, "passwd", "root:x:0:0::/root:/bin/sh\n")
    etc(home, "cron.d/shop", LINE)
    return home


@pytest.fixture
def site(home: Home) -> Home:
    """A home whose `crontab` has one line."""
    return with_crontab(home, "0 3 * * * /opt/poll.sh --password=x\n")


@pytest.fixture
def elsewhere(home: Home) -> Iterator[Path]:
    """A crontab outside of the image."""
    path = home.folder / "host" / "secret"
    path.parent.mkdir()
    path.write_text(LINE.replace("shop", "secret"))
    yield path
    assert path.read_text() == LINE.replace("shop", "secret"), "nothing out of the image is ever written to"


def system(image: Home, *words: str) -> Answer:
    return import_(image, "--system", "--root", str(image.folder / "image"), *words)


def test_who_imports_the_systems_crontabs_is_told_of_those_of_users(image: Home) -> None:
    """They are no part of the system's, and who leaves cron must not lose them unawares."""
    assert "users have crontabs" not in system(image).stderr
    folder = image.folder / "image/var/spool/cron/crontabs"
    folder.mkdir(parents=True)
    for name in ("joe", "ana"):
        (folder / name).write_text("1 2 * * * true\n")

    answer = system(image)

    said = f"users have crontabs of their own: ana, joe: qctl import crontab {folder}/NAME --user NAME"
    assert said in answer.stderr
    assert import_(image, str(folder / "joe"), "--user", "joe").code == 0


def test_a_link_of_an_image_never_leads_out_of_it(image: Home, elsewhere: Path) -> None:
    folder = image.folder / "image/etc/cron.d"
    (folder / "absolute").symlink_to(elsewhere)
    (folder / "upwards").symlink_to(f"../../../host/{elsewhere.name}")
    (folder / "circle").symlink_to("circle")
    answer = system(image, "--write", "--comment-out", "-y")
    assert answer.code == 0
    assert "secret" not in Path(answer.stdout.strip()).read_text()
    assert answer.stderr.count("was never active: no such file or directory") == 2
    assert "was never active: too many levels of symbolic links" in answer.stderr.replace("\n    ", " ")


@pytest.mark.parametrize(
    ("link", "written", "zone"),
    [
        ("/usr/share/zoneinfo/Asia/Tokyo", "Europe/Berlin\n", "Asia/Tokyo"),
        (None, "Europe/Berlin\n", "Europe/Berlin"),
        ("/usr/share/zoneinfo/No/Where", "Europe/Berlin\n", "Europe/Berlin"),
        (None, None, None),
    ],
)
def test_lines_of_an_image_run_in_its_zone(
    image: Home, link: str | None, written: str | None, zone: str | None
) -> None:
    """Where it says none it is in UTC. A schedule says its zone only where the file has another."""
    image.write("tasks.toml", '[qctl]\ntimezone = "UTC"\n')
    if link is not None:
        (image.folder / "image/etc/localtime").symlink_to(link)
    if written is not None:
        etc(image, "timezone", written)
    tasks = json.loads(system(image, "-o", "json").stdout)["tasks"]
    assert {one["schedule"].get("timezone") for one in tasks} == {zone}


def test_users_are_looked_for_in_the_image_and_its_file_is_named(image: Home) -> None:
    etc(image, "cron.d/other", "0 5 * * * ghost x\n")
    passwd = image.folder / "image/etc/passwd"
    assert f"there is no user `ghost` in {passwd}\n" in system(image).stdout
    passwd.unlink()
    answer = system(image)
    said = f"there is no user `root` to be found: {passwd} cannot be read (no such file or directory)\n"
    assert answer.stdout.count(said) == 1
    assert "2 of them not enabled" in answer.stderr


def test_a_folder_of_an_image_never_leads_out_of_it(image: Home, elsewhere: Path) -> None:
    folder = image.folder / "image/etc/cron.d"
    folder.rename(folder.with_name("kept"))
    folder.symlink_to(elsewhere.parent)
    answer = system(image)
    assert "there is no crontab, cron.d or anacrontab" in answer.stderr
    (image.folder / "image" / str(elsewhere.parent)[1:]).mkdir(parents=True)
    (image.folder / "image" / str(elsewhere.parent)[1:] / "own").write_text(LINE)
    assert "[tasks.shop]" in system(image).stdout, "it is found where the image itself would look"


def test_a_link_in_cron_d_is_written_where_it_leads(image: Home) -> None:
    target = etc(image, "shop/cron", LINE, mode=0o640)
    link = image.folder / "image/etc/cron.d/linked"
    link.symlink_to("/etc/shop/cron")
    assert system(image, "--write", "--comment-out", "-y").code == 0
    assert target.read_text() == f"#qctl# {LINE}"
    assert target.with_name(".cron.before-qctl").read_text() == LINE
    assert link.is_symlink()


@pytest.mark.parametrize("mode", [0o777, 0o775, 0o1777])
def test_a_link_into_a_folder_that_others_may_write_to_is_not_followed(image: Home, mode: int) -> None:
    target = etc(image, "shop/cron", LINE)
    target.parent.chmod(mode)
    (image.folder / "image/etc/cron.d/linked").symlink_to("/etc/shop/cron")
    answer = system(image, "--write", "--comment-out", "-y")
    assert "is not imported: it is a link into" in answer.stderr.replace("\n    ", " ")
    assert target.read_text() == LINE


@as_root
def test_a_link_or_a_target_of_another_user_is_not_followed(image: Home) -> None:
    target = etc(image, "shop/cron", LINE)
    link = image.folder / "image/etc/cron.d/linked"
    link.symlink_to("/etc/shop/cron")
    os.chown(link, 4711, 4711, follow_symlinks=False)
    assert "was never active: it belongs to user 4711" in system(image).stderr.replace("\n    ", " ")
    os.chown(link, 0, 0, follow_symlinks=False)
    os.chown(target.parent, 4711, 4711)
    assert "which others than root may write to" in system(image).stderr.replace("\n    ", " ")


def test_cronie_is_told_by_its_program_and_reads_other_names(image: Home) -> None:
    (image.folder / "image/usr/sbin").mkdir(parents=True)
    (image.folder / "image/usr/sbin/crond").touch()
    etc(image, "cron.d/0.daily", "0 5 * * * root /opt/daily.sh\n")
    etc(image, "cron.d/shop.rpmsave", "0 5 * * * root /opt/old.sh\n")
    etc(image, "cron.d/program", "0 5 * * * root /opt/old.sh\n", mode=0o755)
    answer = system(image)
    assert "[tasks.daily]" in answer.stdout
    assert "/opt/old.sh" not in answer.stdout
    said = answer.stderr.replace("\n    ", " ")
    assert "nobody to execute it (mode 755); cronie refuses that" in said
    assert "shop.rpmsave: was never active" in said


def test_the_copy_from_before_has_a_name_that_no_cron_reads_and_none_is_overwritten(image: Home) -> None:
    """cronie reads `shop.before-qctl` as it does any crontab: all would run twice."""
    file = image.folder / "image/etc/cron.d/shop"
    (first := file.with_name(".shop.before-qctl")).write_text("mine\n")
    assert system(image, "--write", "--comment-out", "-y").code == 0
    assert sorted(os.listdir(file.parent)) == [".shop.before-qctl", ".shop.before-qctl-2", "shop"]
    assert (first.read_text(), file.with_name(".shop.before-qctl-2").read_text()) == ("mine\n", LINE)


def test_what_is_private_stays_so_in_a_project_that_all_may_read(site: Home) -> None:
    site.write("tasks.toml", "").chmod(0o644)
    answer = import_(site, "--write")
    written = Path(answer.stdout.strip())
    assert stat.S_IMODE(written.stat().st_mode) == 0o600
    assert f"chmod 644 {written}" in answer.stderr.replace("\n    ", " ")


def test_what_all_may_read_may_be_read_by_all_who_read_the_project(image: Home) -> None:
    image.write("tasks.toml", "").chmod(0o644)
    written = Path(system(image, "--write").stdout.strip())
    assert stat.S_IMODE(written.stat().st_mode) == 0o644


@as_root
@pytest.mark.parametrize("wrong", ["mode", "owner", "link"])
def test_nothing_is_written_where_root_would_not_read_it_back(site: Home, wrong: str) -> None:
    site.write("tasks.toml", "")
    folder = site.work / "tasks.d"
    target = site.folder / "target" if wrong == "link" else folder
    target.mkdir(mode=0o755)
    target.chmod(0o777 if wrong == "mode" else 0o755)
    os.chown(target, 0 if wrong == "mode" else 4711, 0)
    if wrong == "link":
        folder.symlink_to(target)
    for words in (["--write"], ["--write", "--comment-out", "-y"], ["--write", "--dry-run"]):
        answer = import_(site, *words)
        assert (answer.code, answer.stdout) == (78, "")
        assert "lies in a folder" in answer.stderr
        assert f"{target}" in answer.stderr
    assert os.listdir(target) == []
    assert "#qctl#" not in spool(site).read_text()


@as_root
def test_a_file_of_another_user_that_says_the_same_is_not_relied_on(site: Home) -> None:
    site.write("tasks.toml", "")
    written = Path(import_(site, "--write").stdout.strip())
    site.write("tasks.toml", "")
    os.chown(written, 4711, 4711)
    answer = import_(site, "--write", "--comment-out", "-y")
    assert (answer.code, answer.stdout) == (78, "")
    assert "#qctl#" not in spool(site).read_text()


def test_cron_gives_up_nothing_that_qctl_does_not_run(site: Home) -> None:
    site.write("tasks.toml", "[defaults]\nenabled = false\n")
    answer = import_(site, "--write", "--comment-out", "-y")
    assert answer.code == 5
    assert "qctl would not run poll: cron keeps every line" in answer.stderr
    assert "#qctl#" not in spool(site).read_text()


#: Everything is imported before the rights are gone: the source may lie where nobody else can read.
STRANGER = f"""
import os, sys
sys.path.insert(0, {str(SOURCE)!r})
from tests.support import everything_imported
os.chown(os.getcwd(), 65534, 65534)
os.setgroups([]); os.setgid(65534); os.setuid(65534)
sys.exit(everything_imported.qctl.cli.main.run(sys.argv[1:]))
"""


@as_root
@pytest.mark.parametrize("allowed", ["nothing", "its folder"])
def test_nothing_is_written_where_the_crontab_cannot_be(image: Home, allowed: str) -> None:
    image.folder.chmod(0o755)
    file = image.folder / "image/etc/cron.d/shop"
    if allowed == "its folder":
        file.parent.chmod(0o777)
    words = ["import", "crontab", "--system", "--root", str(image.folder / "image"), "--write", "--comment-out", "-y"]
    ended = subprocess.run(
        [sys.executable, "-c", STRANGER, *words],
        capture_output=True,
        text=True,
        cwd=image.work,
        env=image.environment(),
        check=False,
    )
    assert (ended.returncode, ended.stdout) == (77, "")
    assert f"cannot write {file}: " in ended.stderr
    assert "as root, or without --comment-out" in ended.stderr
    assert os.listdir(image.work) == []
    assert file.read_text() == LINE
