#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""./run test: build, run the whole test suite, end with one line `N passed, N failed`.

Every test program speaks TAP and each of its cases is counted:
    unit/ fuzz/ lint/ model/ stress/   Meson's suites, from build/
    flow/                              tests/flow/*.py on real servers
    asan/unit/ asan/fuzz/ asan/flow/   the same again, with ASan and UBSan
    tsan/stress/                       the protocols between threads again, with TSan

Flows mostly wait, so three lanes run them in parallel, the long ones first. Meanwhile the sanitizer builds are made
with the processor time that is left; then the lanes run their tests.
"""

import argparse
import concurrent.futures
import glob
import json
import os
import re
import resource
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUILDS = {
    "": ("build", []),
    "asan/": ("build-asan", ["-Db_sanitize=address,undefined", "-Db_lundef=false"]),
    "tsan/": ("build-tsan", ["-Db_sanitize=thread", "-Db_lundef=false"]),
}
MESON_SUITES = {"": None, "asan/": ("unit", "fuzz"), "tsan/": ("stress",)}
# The flows that also run with sanitizers. Those about timing or many kills would find nothing new there.
FLOWS_SANITIZED = ("sos", "kill_in_the_middle", "ingest")
# Started first; else one lane ends long after the others. Flows with several stacks at a time are not next to each
# other.
FLOWS_LONG = ("outages", "alerting", "alerting_outages", "rules", "alerting_two", "sos", "deafness", "kill_in_the_middle")
LANES = 3
REASON_LINES = 8
FLOW_PROGRAMS = ("vigil", "vigil-ingest", "vigil-rules", "vigil-alerting", "peer", "mock-kafka", "rules-load",
                 "frame-sample")
SANITIZER_ENV = {
    "ASAN_OPTIONS": "abort_on_error=0:exitcode=99:detect_stack_use_after_return=1:allocator_may_return_null=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1:exitcode=99",
    "TSAN_OPTIONS": "halt_on_error=1:exitcode=99",
}
# The only reasons for which a test may be skipped where CI is set.
SKIPS_ALLOWED = (
    r"^clang-format 14 is not installed$",  # Debian 13 has another version, which formats differently
    r"^\S*shared/data\S* is not there\b",  # recordings that this project may not distribute
)
TAP_LINE = re.compile(r"^\s*(not ok|ok)\b\s*\d*\s*-?\s*(.*)$")


class Results:
    def __init__(self):
        self.passed, self.failed, self.skipped = 0, [], []
        self.reasons = {}  # of a failed case: the lines above its "not ok"
        self.lock = threading.Lock()

    def add(self, name, cases, seconds, output):
        """Add the results of one test. @cases: list of (ok, sentence, skip reason or None). Thread: any."""
        with self.lock:
            self._add(name, cases, seconds, output)

    def _add(self, name, cases, seconds, output):
        bad = [case for case in cases if not case[0]]
        skipped = [case for case in cases if case[0] and case[2] is not None]
        if os.environ.get("CI"):  # in CI everything can be installed, so any other skip is a failure
            lost = [case for case in skipped if not may_be_skipped(case[2])]
            bad += lost
            skipped = [case for case in skipped if case not in lost]
        self.failed += [f"{name}: {case[1]}" for case in bad]
        self.reasons.update((f"{name}: {case[1]}", reason_of(case[1], output)) for case in bad)
        self.skipped += [f"{name}: {case[1]} ({case[2]})" for case in skipped]
        good = len(cases) - len(bad) - len(skipped)
        self.passed += good
        counts = f"{good} passed" + (f", {len(bad)} FAILED" if bad else "") + (
            f", {len(skipped)} skipped" if skipped else "")
        print(f"{'FAIL' if bad else 'ok  '} {name:44} {counts}, {seconds:.1f} s", flush=True)
        if bad:
            for case in bad:
                print(f"     not ok: {case[1]}")
            print("".join("     | " + line + "\n" for line in output.splitlines()[-60:]), flush=True)

    def finish(self):
        for what, names in (("failed", self.failed), ("skipped", self.skipped)):
            for name in names:
                print(f"{what}: {name}")
                print("".join(f"    {line}\n" for line in self.reasons.get(name, ())), end="")
        print(f"{self.passed} passed, {len(self.failed)} failed"
              + (f", {len(self.skipped)} skipped" if self.skipped else ""))
        return 1 if self.failed or not self.passed else 0


def reason_of(sentence, output):
    """What a failed case printed last, shown again at the end: a long report is often cut in the middle."""
    lines = []
    for line in output.splitlines():
        case = TAP_LINE.match(line)
        if case and sentence in case.group(2):
            break
        lines = [] if case else [*lines, line]
    return lines[-REASON_LINES:]


def may_be_skipped(reason):
    return any(re.search(allowed, reason) for allowed in SKIPS_ALLOWED)


def tap_cases(output):
    """Parse TAP. Return: [(ok, sentence, skip reason or None)]."""
    cases = []
    why = "no reason given"
    for line in output.splitlines():
        match = TAP_LINE.match(line)
        if not match:
            why = line.removeprefix("skipped: ") if line.startswith("skipped: ") else why
            continue
        sentence, _, directive = match.group(2).partition("#")
        sentence = sentence.strip()
        word, _, reason = directive.strip().partition(" ")
        if word.upper() != "SKIP":
            cases.append((match.group(1) == "ok", sentence or "?", None))
        elif sentence:
            cases.append((True, sentence, reason or why))
        else:  # cmocka writes "not ok 3 # SKIP test_name"; the reason is on a line before it
            cases.append((True, reason, why))
    return cases


def run_logged(argv, what):
    done = subprocess.run(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    if done.returncode != 0:
        print(done.stdout[-6000:])
        print(f"{what} failed")
        print("0 passed, 1 failed")
        sys.exit(1)


def configure(prefix):
    folder, options = BUILDS[prefix]
    if not os.path.exists(os.path.join(ROOT, folder, "build.ninja")):
        run_logged(["meson", "setup", folder, *options], f"configuring {folder}")
    else:
        # Configure again if a meson.build file has changed, because introspection shows the last configuration.
        run_logged(["ninja", "-C", folder, "build.ninja"], f"configuring {folder}")


def build(prefix, meson, flows, results):
    """Build. The plain build is complete, because everything must compile; the others build only what is run, at low
    priority, because flows run at the same time and depend on real time. Return: whether it succeeded."""
    folder = BUILDS[prefix][0]
    argv = ["ninja", "-C", folder]
    if prefix:
        inside = os.path.join(ROOT, folder, "")
        programs = {os.path.basename(command[0]) for command, _ in meson.values() if command[0].startswith(inside)}
        programs |= set(FLOW_PROGRAMS if flows else ())
        argv = ["nice", "-n", "19", "meson", "compile", "-C", folder,
                *(name + ":executable" for name in sorted(programs)), "vigil-gmo"]
    begin = time.monotonic()
    done = subprocess.run(argv, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    seconds = time.monotonic() - begin
    if done.returncode != 0:
        results.add(folder, [(False, "builds", None)], seconds, done.stdout)
        return False
    print(f"ok   {folder:44} built, {seconds:.1f} s", flush=True)
    return True


def meson_tests(prefix):
    """{name here: (command, name in Meson)}"""
    configure(prefix)
    tests = json.loads(subprocess.run(["meson", "introspect", "--tests", BUILDS[prefix][0]], cwd=ROOT,
                                      check=True, capture_output=True, text=True).stdout)
    names = {}
    for test in tests:
        suite = test["suite"][0].rpartition(":")[2]
        if MESON_SUITES[prefix] is None or suite in MESON_SUITES[prefix]:
            names[f"{prefix}{suite}/{test['name']}"] = (test["cmd"], test["name"])
    return names


def flow_tests(prefix):
    names = sorted(os.path.basename(path)[:-3] for path in glob.glob(os.path.join(ROOT, "tests/flow/*.py")))
    names = [name for name in names if not name.startswith("_")]
    names.sort(key=lambda name: FLOWS_LONG.index(name) if name in FLOWS_LONG else len(FLOWS_LONG))
    if prefix == "asan/":
        names = [name for name in names if name in FLOWS_SANITIZED]
    return {f"{prefix}flow/{name}": name for name in names} if prefix != "tsan/" else {}


def run_meson(prefix, wanted, results):
    folder = BUILDS[prefix][0]
    log = os.path.join(ROOT, folder, "meson-logs", "run-tests.json")
    if os.path.exists(log):
        os.unlink(log)
    env = dict(os.environ, **(SANITIZER_ENV if prefix else {}))
    argv = ["meson", "test", "-C", folder, "--logbase", "run-tests", "--timeout-multiplier", "3",
            *(("--num-processes", "1") if prefix else ()),  # leave a processor to the other lanes
            *sorted({name for _, name in wanted.values()})]
    done = subprocess.run(argv, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False)
    seen = set()
    if os.path.exists(log):
        with open(log, encoding="utf-8", errors="replace") as lines:
            for line in lines:
                entry = json.loads(line)
                seen.add(add_meson(wanted, entry, results))
    for name in sorted(set(wanted) - seen):
        results.add(name, [(False, "did not run", None)], 0, done.stdout)


def add_meson(wanted, entry, results):
    # Find the test by its command, because the names in the log do not always contain the suite.
    name = next((name for name, (command, _) in wanted.items() if command == entry["command"]), None)
    if name is None:
        return None
    output = entry.get("stdout", "") + entry.get("stderr", "")
    fine = entry["result"] in ("OK", "EXPECTEDFAIL", "SKIP")
    cases = tap_cases(entry.get("stdout", ""))
    if entry["result"] == "SKIP":
        reason = (output.strip().splitlines() or ["a tool is missing"])[-1]
        cases = [(True, "all of it", re.sub(r"^(1\.\.0 # SKIP|skipped:) ", "", reason))]
    elif not cases or (not fine and all(case[0] for case in cases)):
        # No TAP, or every case passed and the program failed, for example by a sanitizer's report at exit.
        cases.append((fine, f"ends with status {entry.get('returncode', '?')} ({entry['result']})", None))
    results.add(name, cases, entry.get("duration", 0), output)
    return name


def run_flow(prefix, name, flow, results):
    env = dict(os.environ, **(SANITIZER_ENV if prefix else {}))
    begin = time.monotonic()
    argv = [sys.executable, os.path.join(ROOT, "tests", "flow", flow + ".py"), "--build", BUILDS[prefix][0]]
    try:
        done = subprocess.run(argv, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True, timeout=420, check=False)
        output, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        output, code = (late.stdout or b"").decode(errors="replace"), "timeout"
    cases = tap_cases(output)
    if not cases or (code != 0 and all(case[0] for case in cases)):
        cases.append((False, f"ends with status {code}", None))
    results.add(name, cases, time.monotonic() - begin, output)


def run_all(plan, results):
    """Build and run. @plan: {prefix: (Meson tests, flows)} to run."""
    def after(built, work, *args):
        if built.result():
            work(*args, results)

    with concurrent.futures.ThreadPoolExecutor(1) as behind, concurrent.futures.ThreadPoolExecutor(LANES) as lanes:
        jobs = []
        for prefix, (meson, flows) in plan.items():
            built = behind.submit(build, prefix, meson, flows, results)
            if not prefix:
                if meson:
                    after(built, run_meson, prefix, meson)
                if not built.result():
                    return
            elif meson:
                jobs.append(lanes.submit(after, built, run_meson, prefix, meson))
            jobs += [lanes.submit(after, built, run_flow, prefix, name, flow) for name, flow in flows.items()]
        for job in jobs:
            job.result()


def main():
    args = argparse.ArgumentParser(prog="./run test", description=__doc__.split("\n")[0])
    args.add_argument("--list", action="store_true", help="print the names and stop")
    args.add_argument("--only", action="append", default=[], metavar="NAME",
                      help="this test, or all whose name contains NAME")
    args.add_argument("--mock", action="store_true",
                      help="skip, by name, what needs the real Kafka")
    args = args.parse_args()
    if args.mock:
        os.environ["VIGIL_TEST_KAFKA"] = "mock"

    os.chdir(ROOT)
    plan = {prefix: (meson_tests(prefix), flow_tests(prefix)) for prefix in BUILDS}
    names = [name for meson, flows in plan.values() for name in (*meson, *flows)]
    exact = [name for name in names if name in args.only]
    wanted = [name for name in names
              if not args.only or name in exact
              or any(part in name for part in args.only if part not in exact)]
    if args.list:
        print("\n".join(wanted))
        return 0
    if not wanted:
        print(f"no test is named {' or '.join(args.only)}; ./run test --list shows the names")
        return 2

    results = Results()
    chosen = {prefix: tuple({name: value for name, value in part.items() if name in wanted} for part in parts)
              for prefix, parts in plan.items()}
    begin = time.monotonic()
    run_all({prefix: parts for prefix, parts in chosen.items() if any(parts)}, results)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{time.monotonic() - begin:.0f} s, {used.ru_utime + used.ru_stime:.0f} s of processors")
    return results.finish()


if __name__ == "__main__":
    sys.exit(main())
