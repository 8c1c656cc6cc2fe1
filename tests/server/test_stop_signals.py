"""Stop signals inside one process: what the first one does, and how it is asked for without a signal."""

import asyncio
import signal
import threading

import pytest

from dify_runtime.server.signals import StopSignals


def test_before_the_loop_a_signal_becomes_an_exit_status():
    with pytest.raises(SystemExit) as caught, StopSignals() as signals, signals.exiting():
        signal.raise_signal(signal.SIGTERM)
    assert caught.value.code == 128 + signal.SIGTERM


def test_the_handlers_of_before_are_given_back():
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)]
    with StopSignals():
        assert signal.getsignal(signal.SIGTERM) != before[0]
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)] == before


def test_while_booting_a_signal_cancels_the_task(on_loop):
    async def boot(signals: StopSignals) -> None:
        signals.guard()
        signal.raise_signal(signal.SIGINT)
        await asyncio.sleep(60)

    with StopSignals() as signals, pytest.raises(asyncio.CancelledError):
        on_loop(boot(signals))
    assert signals.number == signal.SIGINT


def test_while_serving_a_signal_ends_the_wait(on_loop):
    async def serve(signals: StopSignals) -> int | None:
        signals.guard()
        asyncio.get_running_loop().call_soon(signal.raise_signal, signal.SIGTERM)
        await signals.wait()
        return signals.number

    with StopSignals() as signals:
        assert on_loop(serve(signals)) == signal.SIGTERM


def test_a_stop_can_be_asked_for_without_a_signal_and_only_the_first_counts(on_loop):
    async def serve(signals: StopSignals) -> int | None:
        signals.guard()
        asyncio.get_running_loop().call_soon(signals.request, signal.SIGINT)
        await signals.wait()
        signals.request(signal.SIGTERM)
        return signals.number

    assert on_loop(serve(StopSignals())) == signal.SIGINT


def test_a_stop_asked_for_before_the_boot_cancels_it(on_loop):
    async def boot(signals: StopSignals) -> None:
        signals.request()
        signals.guard()
        await asyncio.sleep(60)

    with pytest.raises(asyncio.CancelledError):
        on_loop(boot(StopSignals()))


def test_outside_the_main_thread_the_handlers_stay():
    before = signal.getsignal(signal.SIGTERM)
    seen = []

    def work() -> None:
        with StopSignals():
            seen.append(signal.getsignal(signal.SIGTERM))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [before]
