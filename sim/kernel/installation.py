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

    context: ReplicationContext
    wake: Callable[[DeviceState], None]
    """Lets a device look anew for what it has to do."""

    def work(self, env: simpy.Environment, device: DeviceState, lasts: Seconds) -> Answer:
        """Work for some seconds; return whether the computer was on until it was done."""
        span = device.timetable.on.span_at(int(env.now))
        if span is None:
            return False
        off = span[1]
        if off is None or int(env.now) + lasts <= off:
            yield env.timeout(lasts)
            return True
        yield env.timeout(off - int(env.now))
        return False

    def install(self, env: simpy.Environment, device: DeviceState, attempt: Attempt) -> Answer:
        """Take the next step towards an agent; return whether it is installed thereby.

        A download or a wait that is under way for the same agent goes on.
        """
        job, agent = device.job, attempt.decision.agent
        under_way = job is not None and job.stage in ("content", "install")
        if job is not None and under_way and job.attempt.decision.agent == agent:
            job.attempt = attempt
            return False
        self.drop(device)
        if agent not in device.content:
            self._fetch(device, attempt, int(env.now))
            return False
        now = int(env.now)
        begins = self.context.opportunities.to_install(device, now, now)
        if begins != now:  # it comes back when the installer may run (TIM-5)
            device.job = Job(attempt, "install", begins)
            return False
        is_installed = yield from self._run_installer(env, device, attempt)
        return is_installed

    def _fetch(self, device: DeviceState, attempt: Attempt, now: Seconds) -> None:
        """Begin to download the installer; it stays in the client's cache."""
        content = self.context.assumed[f"{attempt.decision.agent}_content"]
        point = self.context.points(device)
        device.job = Job(attempt, "content", remaining=point.download_time(content), point=point)
        self._ask(device, device.job, now)

    def _ask(self, device: DeviceState, job: Job, now: Seconds) -> None:
        """Ask for a slot, when connected to the site; ask again on the next day if none came."""
        connected = device.timetable.connected
        span = connected.span_at(now)
        if span is None:
            job.due = connected.on_at_or_after(now)
            return
        job.due = None if span[1] is None else connected.on_at_or_after(span[1])
        assert job.point is not None
        job.point.request(device.traits.name, partial(self._granted, device, job, job.requests))

    def _granted(self, device: DeviceState, job: Job, asked: int) -> bool:
        """Take a slot, if the device is still there and still wants it."""
        assert job.point is not None
        now = job.point.now
        span = device.timetable.connected.span_at(now)
        if device.job is not job or job.requests != asked or span is None:
            return False
        done = now + job.remaining
        job.slot_since = now
        job.due = done if span[1] is None else min(done, span[1])
        self.wake(device)
        return True

    def fetch_on(self, device: DeviceState, job: Job, now: Seconds) -> None:
        """Go on with a download: it is done, or broken off, or may be asked for again."""
        job.requests += 1
        if job.slot_since is not None and job.point is not None:
            job.point.release()
            job.remaining -= now - job.slot_since
            job.slot_since = None
        if job.remaining > 0:
            self._ask(device, job, now)
            return
        decision = job.attempt.decision
        device.content |= {decision.agent}
        device.job = None
        waits_for = self.waits_for_window(device, now)
        self.context.record_for(
            device, job.attempt.assignment, now, "content_downloaded", decision.rule, waits_for
        )
        device.job = Job(job.attempt, "install", now)

    def waits_for_window(self, device: DeviceState, now: Seconds) -> str:
        """Return the cause of waiting where an install may not begin now for want of a window."""
        if self.context.opportunities.windows(device, now) is None:
            return ""
        begins = self.context.opportunities.to_install(device, now, now)
        return "" if begins == now else "awaiting_maintenance_window"

    def _run_installer(
        self, env: simpy.Environment, device: DeviceState, attempt: Attempt
    ) -> Answer:
        """Run the installer; what breaks it off or fails comes again (DWN-4, DWN-5, FLT-4)."""
        assignment, decision = attempt.assignment, attempt.decision
        self.context.record_for(device, assignment, int(env.now), "install_started", decision.rule)
        lasts = max(1, self.context.assumed[f"{decision.agent}_install"])
        is_done = yield from self.work(env, device, lasts)
        now = int(env.now)
        if not is_done:
            again = self.context.opportunities.to_install(device, now, now)
            device.job = Job(attempt, "install", again)
            return False
        package = self.context.package(device, assignment, now)
        facts = self.context.facts(
            device, package, now, route=decision, workspace=attempt.workspace
        )
        failure = decide(ONBOARDING, facts, INSTALL)
        if failure is None and self.context.attempt_fails(device, "install_failure_share"):
            failure = Decision("FLT-4", cause="install_failed")
        if failure is not None:
            self.context.fail(device, assignment, now, "install_failed", failure)
            retry = now + self.context.assumed["install_retry_interval"]
            again = self.context.opportunities.to_install(device, retry, now)
            device.job = Job(attempt, "retry", again)
            return False
        device.agent = with_agent(device.agent, decision.agent)
        if decision.agent == "mma":
            device.agent_version = ""
        self.context.record_for(device, assignment, now, "agent_installed", decision.rule)
        self.context.changed(device.number, now)
        return True

    def drop(self, device: DeviceState) -> None:
        """Give up whatever a device was waiting for; a slot that it holds is given back."""
        job, device.job = device.job, None
        if job is not None and job.slot_since is not None and job.point is not None:
            job.point.release()

    def look_again(self, device: DeviceState, now: Seconds) -> None:
        """See at a poll whether the device's maintenance windows have changed (TIM-5)."""
        job = device.job
        if job is not None and job.stage == "install":
            job.due = self.context.opportunities.to_install(device, now, now)

    def reschedule(self, device: DeviceState, now: Seconds) -> None:
        """Find out anew when a job goes on, because the device's presence or place changed."""
        job = device.job
        if job is None:
            return
        if job.stage == "content":
            self.drop(device)
            device.job = Job(
                job.attempt, "content", now, job.remaining, self.context.points(device)
            )
        elif job.stage == "register":
            job.due = device.timetable.on.on_at_or_after(now)
        elif job.due is None or job.stage == "install":
            job.due = self.context.opportunities.to_install(device, now, now)
