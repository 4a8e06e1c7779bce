"""Gates that may refuse for several causes, asked for the first one, as tests look at it."""

from sim.reference.gates import (
    install_refusals,
    last_valid_day,
    offboarding_refusals,
    registration_refusals,
    workspace_form_gate,
)


def install_gates(device, route):
    """Return why an installer would not succeed, None where it would."""
    return next(install_refusals(device, route), None)


def registration_gates(device, route, workspace, mma_is_outdated):
    """Return why a registration would not succeed, None where it would."""
    refused = workspace_form_gate(route, workspace)
    return refused or next(registration_refusals(device, route, mma_is_outdated), None)


def offboarding_gate(*, downloaded, validity, valid_until=None, **circumstances):
    """Return why a device would not honour an offboarding file, None where it would."""
    last_day = last_valid_day(downloaded, validity, valid_until)
    return next(offboarding_refusals(last_day=last_day, **circumstances), None)
