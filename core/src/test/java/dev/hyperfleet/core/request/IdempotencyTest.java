package dev.hyperfleet.core.request;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import dev.hyperfleet.core.control.FakeHost;
import dev.hyperfleet.core.control.FakeRequests;
import dev.hyperfleet.core.control.FakeServer;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.control.SimulatedCrash;
import dev.hyperfleet.core.machine.Machine;
import dev.hyperfleet.core.machine.MachineStatus;
import dev.hyperfleet.core.machine.Specs;
import dev.hyperfleet.core.request.Idempotency.Outcome;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A request is carried out once, at whatever step the server ends. */
@Timeout(60)
class IdempotencyTest {
    private static final IdempotentRequest REQUEST = new IdempotentRequest("key-id", "attempt-1", "create one");
    private static final int MORE_STEPS_THAN_ANY_REQUEST_HAS = 100;
    private static final int NEVER = Integer.MAX_VALUE;

    private final FakeHost host = new FakeHost();
    private final FakeServer server = FakeServer.on(host);
    private final Idempotency idempotency = new Idempotency(new FakeRequests(host, () -> false, NEVER));

    /** A request to a server: its operation, and how to complete it if it was started before. */
    private record Asking(Function<Machines, Machine> operation, Function<Machines, Machine> rest) {}

    private static Outcome ask(Machines machines, FakeRequests requests, Asking asking) {
        return new Idempotency(requests)
                .<RuntimeException>answer(
                        REQUEST,
                        () -> answer(asking.operation().apply(machines)),
                        Optional.of(_ -> answer(asking.rest().apply(machines))));
    }

    private static StoredResponse answer(Machine machine) {
        return answer(200, machine.id() + " " + machine.status().text());
    }

    private static StoredResponse answer(int status, String body) {
        return new StoredResponse(status, Map.of(), body.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(Outcome outcome) {
        return new String(outcome.answer().body(), StandardCharsets.UTF_8);
    }

    private static Machine only(Machines machines) {
        return machines.list(Set.of(), 2, 0).machines().getFirst();
    }

    @Test
    void noStepOfACreateMakesASecondMachineOrLeavesItsKeyStuck() {
        int steps = crashEverywhere(
                machines -> {},
                new Asking(machines -> machines.create(Specs.named("one")), IdempotencyTest::only),
                (next, first) -> {
                    assertThat(next.list(Set.of(), 9, 0).machines()).hasSize(1);
                    assertThat(text(first)).isEqualTo(only(next).id() + " pending");
                });
        assertThat(steps).isGreaterThanOrEqualTo(4);
    }

    @Test
    void noStepOfAStartLeavesItsRepetitionWithAnotherAnswerThanARunningMachine() {
        int steps = crashEverywhere(
                machines -> machines.create(Specs.named("one")),
                new Asking(machines -> machines.start(only(machines).id()), machines -> {
                    Machine now = only(machines);
                    return now.status() == MachineStatus.RUNNING ? now : machines.start(now.id());
                }),
                (next, first) -> assertThat(text(first)).isEqualTo(only(next).id() + " running"));
        assertThat(steps).isGreaterThanOrEqualTo(10);
    }

    private interface Check {
        void holds(Machines next, Outcome answer);
    }

    /** Crashes at each step of the server, and of its records of requests. */
    private static int crashEverywhere(java.util.function.Consumer<Machines> before, Asking asking, Check check) {
        int steps = 0;
        for (int step = 1; step < MORE_STEPS_THAN_ANY_REQUEST_HAS; step++) {
            boolean inServer = crash(step, NEVER, before, asking, check);
            boolean inRequests = crash(NEVER, step, before, asking, check);
            steps += (inServer ? 1 : 0) + (inRequests ? 1 : 0);
            if (!inServer && !inRequests) {
                return steps;
            }
        }
        throw new AssertionError("the request never ends");
    }

    private static boolean crash(
            int serverStep, int requestStep, java.util.function.Consumer<Machines> before, Asking asking, Check check) {
        FakeHost host = new FakeHost();
        before.accept(FakeServer.on(host).machines);
        FakeServer first = FakeServer.crashingAt(serverStep, host, Runnable::run);
        FakeRequests requests = new FakeRequests(host, first::crashed, requestStep);
        try {
            first.recover();
            ask(first.machines, requests, asking);
        } catch (SimulatedCrash | RuntimeException ended) {
            assertThat(first.crashed() || requests.crashed())
                    .as("only the crash ends a request here")
                    .isTrue();
        }
        FakeServer next = FakeServer.on(host);
        next.recover();
        FakeRequests nextRequests = new FakeRequests(host, () -> false, NEVER);
        Outcome answer = ask(next.machines, nextRequests, asking);
        check.holds(next.machines, answer);
        Outcome again = ask(next.machines, nextRequests, asking);
        assertThat(again.replayed()).isTrue();
        assertThat(text(again)).isEqualTo(text(answer));
        return first.crashed() || requests.crashed();
    }

    @Test
    void whatWasBegunInAGuestIsNotDoneTwiceAndItsRepetitionIsToldThatNobodyKnows() {
        for (int step = 1; step <= 5; step++) {
            FakeHost crashing = new FakeHost();
            AtomicInteger done = new AtomicInteger();
            FakeRequests requests = new FakeRequests(crashing, () -> false, step);
            try {
                new Idempotency(requests).<RuntimeException>answer(REQUEST, () -> count(done), Optional.empty());
            } catch (SimulatedCrash crash) {
                assertThat(requests.crashed()).isTrue();
            }
            Idempotency next = new Idempotency(new FakeRequests(crashing, () -> false, NEVER));
            if (step == 2 || step == 3) { // it is recorded, but its response is not
                assertThatExceptionOfType(HyperfleetException.class)
                        .isThrownBy(() -> next.<RuntimeException>answer(REQUEST, () -> count(done), Optional.empty()))
                        .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.OUTCOME_UNKNOWN));
                assertThat(done).hasValueLessThanOrEqualTo(1);
            } else {
                assertThat(text(next.<RuntimeException>answer(REQUEST, () -> count(done), Optional.empty())))
                        .isEqualTo("1");
                assertThat(done).hasValue(1);
            }
        }
    }

    private static StoredResponse count(AtomicInteger done) {
        return answer(200, String.valueOf(done.incrementAndGet()));
    }

    @Test
    void anotherRequestUnderTheSameKeyIsRefusedAndUnderAnotherOwnersIsNoneOfItsBusiness() {
        AtomicInteger done = new AtomicInteger();
        idempotency.<RuntimeException>answer(REQUEST, () -> count(done), Optional.empty());
        IdempotentRequest other = new IdempotentRequest("key-id", "attempt-1", "create another");
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> idempotency.<RuntimeException>answer(other, () -> count(done), Optional.empty()))
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.IDEMPOTENCY_KEY_REUSED));
        IdempotentRequest others = new IdempotentRequest("another", "attempt-1", "create another");
        assertThat(text(idempotency.<RuntimeException>answer(others, () -> count(done), Optional.empty())))
                .isEqualTo("2");
    }

    @Test
    void aRepetitionWhileTheFirstIsUnderWayIsRefusedAtOnce() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        CompletableFuture<Outcome> first = CompletableFuture.supplyAsync(
                () -> idempotency.<RuntimeException>answer(REQUEST, () -> waiting(begun, go), Optional.empty()));
        begun.await();
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() ->
                        idempotency.<RuntimeException>answer(REQUEST, () -> answer(200, "second"), Optional.empty()))
                .satisfies(refusal -> assertThat(refusal.code()).isEqualTo(ErrorCode.IDEMPOTENCY_KEY_IN_USE));
        go.countDown();
        assertThat(text(first.get())).isEqualTo("first");
        assertThat(text(idempotency.<RuntimeException>answer(REQUEST, () -> answer(200, "second"), Optional.empty())))
                .isEqualTo("first");
    }

    private static StoredResponse waiting(CountDownLatch begun, CountDownLatch go) {
        begun.countDown();
        try {
            go.await();
        } catch (InterruptedException interrupted) {
            throw new IllegalStateException(interrupted);
        }
        return answer(200, "first");
    }

    @Test
    void aServersFailureAndALimitSettleNothingAndARefusalDoes() {
        AtomicInteger done = new AtomicInteger();
        for (int status : List.of(500, 502, 507, 401, 429)) {
            idempotency.<RuntimeException>answer(REQUEST, () -> answer(status, "no"), Optional.empty());
        }
        assertThatExceptionOfType(IllegalStateException.class)
                .isThrownBy(() -> idempotency.<RuntimeException>answer(
                        REQUEST,
                        () -> {
                            throw new IllegalStateException("a fault");
                        },
                        Optional.empty()));
        assertThat(text(idempotency.<RuntimeException>answer(REQUEST, () -> count(done), Optional.empty())))
                .isEqualTo("1");
        IdempotentRequest refused = new IdempotentRequest("key-id", "attempt-2", "x");
        idempotency.<RuntimeException>answer(refused, () -> answer(400, "refused"), Optional.empty());
        assertThat(text(idempotency.<RuntimeException>answer(refused, () -> count(done), Optional.empty())))
                .isEqualTo("refused");
    }

    @Test
    void aStartThatHasFailedIsTriedAnewByItsRepetition() {
        Machine machine = server.machines.create(Specs.named("one"));
        server.launchFailure = Optional.of(new HyperfleetException(ErrorCode.MACHINE_FAILED, "no"));
        FakeRequests requests = new FakeRequests(host, () -> false, NEVER);
        Asking start = new Asking(
                machines -> machines.start(machine.id()),
                machines -> machines.start(only(machines).id()));
        assertThatExceptionOfType(HyperfleetException.class).isThrownBy(() -> ask(server.machines, requests, start));
        server.launchFailure = Optional.empty();
        assertThat(text(ask(server.machines, requests, start))).endsWith("running");
    }

    @Test
    void anAnswerThatIsTooLargeIsGivenOnceAndItsRequestIsNotCarriedOutAgain() {
        AtomicInteger done = new AtomicInteger();
        String large = "x".repeat(StoredResponse.MAX_BODY_BYTES + 1);
        assertThat(text(idempotency.<RuntimeException>answer(REQUEST, () -> answer(200, large), Optional.empty())))
                .isEqualTo(large);
        assertThatExceptionOfType(HyperfleetException.class)
                .isThrownBy(() -> idempotency.<RuntimeException>answer(REQUEST, () -> count(done), Optional.empty()))
                .withMessageContaining("more than 65536 bytes");
        assertThat(done).hasValue(0);
    }
}
