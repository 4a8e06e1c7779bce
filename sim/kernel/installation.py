"""Getting an agent onto a device: download, maintenance window, installer, and what breaks it off.

What takes long is waiting, and waiting is no work: it is kept as the device's job, and the device
comes back to it when it is due (DWN-2, MMA-5, TIM-5, FLT-4).
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import partial
from typing import Any

import simpy

from sim.kernel.context import ReplicationContext
from sim.kernel.device_state import Attempt, DeviceState, Job
from sim.reference.attempts import INSTALL, ONBOARDING, decide
from sim.reference.decisions import Decision
from sim.reference.routes import with_agent
from sim.units import Seconds

Answer = Generator[simpy.Event, Any, bool]
"""A story that ends with yes or no."""


@dataclass(frozen=True)
class Installation:
    """Downloads and installs the agents of one replication."""

    shared: ReplicationContext
    wake: Callable[[DeviceState], None]
    """Lets a device look anew for what it has to do."""

    def work(self, env: simpy.Environment, client: DeviceState, lasts: Seconds) -> Answer:
        """Work for some seconds; return whether the computer was on until it was done."""
        span = client.timetable.on.span_at(int(env.now))
        if span is None:
            return False
        off = span[1]
        if off is None or int(env.now) + lasts <= off:
            yield env.timeout(lasts)
            return True
        yield env.timeout(off - int(env.now))
        return False

    def install(self, env: simpy.Environment, client: DeviceState, attempt: Attempt) -> Answer:
        """Take the next step towards an agent; return whether it is installed thereby.

        A download or a wait that is under way for the same agent goes on.
        """
        job, agent = client.job, attempt.decision.agent
        under_way = job is not None and job.stage in ("content", "install")
        if job is not None and under_way and job.attempt.decision.agent == agent:
            job.attempt = attempt
            return False
        self.drop(client)
        if agent not in client.content:
            self._fetch(client, attempt, int(env.now))
            return False
        is_installed = yield from self._install_now_or_later(env, client, attempt)
        return is_installed

    def _fetch(self, client: DeviceState, attempt: Attempt, now: Seconds) -> None:
        """Begin to download the installer; it stays in the client's cache."""
        content = self.shared.assumed[f"{attempt.decision.agent}_content"]
        point = self.shared.points(client)
        client.job = Job(attempt, "content", missing=point.download_time(content), point=point)
        self._ask(client, client.job, now)

    def _ask(self, client: DeviceState, job: Job, now: Seconds) -> None:
        """Ask for a slot, when connected to the site; ask again on the next day if none came."""
        connected = client.timetable.connected
        span = connected.span_at(now)
        if span is None:
            job.due = connected.on_at_or_after(now)
            return
        job.due = None if span[1] is None else connected.on_at_or_after(span[1])
        assert job.point is not None
        job.point.ask(client.traits.name, partial(self._granted, client, job, job.asked))

    def _granted(self, client: DeviceState, job: Job, asked: int) -> bool:
        """Take a slot, if the device is still there and still wants it."""
        assert job.point is not None
        now = job.point.now
        span = client.timetable.connected.span_at(now)
        if client.job is not job or job.asked != asked or span is None:
            return False
        done = now + job.missing
        job.granted = now
        job.due = done if span[1] is None else min(done, span[1])
        self.wake(client)
        return True

    def fetch_on(self, client: DeviceState, job: Job, now: Seconds) -> None:
        """Go on with a download: it is done, or broken off, or may be asked for again."""
        job.asked += 1
        if job.granted is not None and job.point is not None:
            job.point.release()
            job.missing -= now - job.granted
            job.granted = None
        if job.missing > 0:
            self._ask(client, job, now)
            return
        decision = job.attempt.decision
        client.content |= {decision.agent}
        client.job = None
        waits_for = self.waits_for_window(client, now)
        self.shared.note(
            client, job.attempt.assignment, now, "content_downloaded", decision.rule, waits_for
        )
        client.job = Job(job.attempt, "install", now)

    def waits_for_window(self, client: DeviceState, now: Seconds) -> str:
        """Return the cause of waiting where an install may not begin now for want of a window."""
        if self.shared.opportunities.windows(client, now) is None:
            return ""
        begins = self.shared.opportunities.to_install(client, now, now)
        return "" if begins == now else "awaiting_maintenance_window"

    def _install_now_or_later(
        self, env: simpy.Environment, client: DeviceState, attempt: Attempt
    ) -> Answer:
        """Run the installer if it may run now; else come back when it may (TIM-5)."""
        now = int(env.now)
        begins = self.shared.opportunities.to_install(client, now, now)
        if begins != now:
            client.job = Job(attempt, "install", begins)
            return False
        is_installed = yield from self._run_installer(env, client, attempt)
        return is_installed

    def _run_installer(
        self, env: simpy.Environment, client: DeviceState, attempt: Attempt
    ) -> Answer:
        """Run the installer; what breaks it off or fails comes again (DWN-4, DWN-5, FLT-4)."""
        assignment, decision = attempt.assignment, attempt.decision
        self.shared.note(client, assignment, int(env.now), "install_started", decision.rule)
        lasts = max(1, self.shared.assumed[f"{decision.agent}_install"])
        is_done = yield from self.work(env, client, lasts)
        now = int(env.now)
        if not is_done:
            again = self.shared.opportunities.to_install(client, now, now)
            client.job = Job(attempt, "install", again)
            return False
        package = self.shared.package(client, assignment, now)
        facts = self.shared.facts(client, package, now, route=decision, workspace=attempt.workspace)
        failure = decide(ONBOARDING, facts, INSTALL)
        if failure is None and self.shared.spoils(client, "install_failure_share"):
            failure = Decision("FLT-4", cause="install_failed")
        if failure is not None:
            self.shared.fail(client, assignment, now, "install_failed", failure)
            retry = now + self.shared.assumed["install_retry_interval"]
            again = self.shared.opportunities.to_install(client, retry, now)
            client.job = Job(attempt, "retry", again)
            return False
        client.agent = with_agent(client.agent, decision.agent)
        if decision.agent == "mma":
            client.agent_version = ""
        self.shared.note(client, assignment, now, "agent_installed", decision.rule)
        self.shared.changed(client.number, now)
        return True

    def drop(self, client: DeviceState) -> None:
        """Give up whatever a device was waiting for; a slot that it holds is given back."""
        job, client.job = client.job, None
        if job is not None and job.granted is not None and job.point is not None:
            job.point.release()

    def look_again(self, client: DeviceState, now: Seconds) -> None:
        """See at a poll whether the device's maintenance windows have changed (TIM-5)."""
        job = client.job
        if job is not None and job.stage == "install":
            job.due = self.shared.opportunities.to_install(client, now, now)

    def reschedule(self, client: DeviceState, now: Seconds) -> None:
        """Find out anew when a job goes on, because the device's presence or place changed."""
        job = client.job
        if job is None:
            return
        if job.stage == "content":
            self.drop(client)
            client.job = Job(job.attempt, "content", now, job.missing, self.shared.points(client))
        elif job.stage == "register":
            job.due = client.timetable.on.on_at_or_after(now)
        elif job.due is None or job.stage == "install":
            job.due = self.shared.opportunities.to_install(client, now, now)
