package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.hyperfleet.tests.SharedServer.Shared;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** Output of processes is neither lost nor duplicated when clients or the server disconnect, and is bounded. */
@ExtendWith(SharedServer.class)
@MeasuresTime
class OutputTest {
    private static final int MIB = 1 << 20;

    /** Prints 3 MB in pieces, for some seconds. */
    private static final String SLOWLY =
            "i=0; while [ $i -lt 30 ]; do head -c 100000 /dev/urandom | tee -a %s; i=$((i+1)); sleep 0.1; done";

    private final Shared shared;
    private final Api api;
    private final String id;

    OutputTest(Shared shared) {
        this.shared = shared;
        this.api = shared.api();
        this.id = shared.runningId();
    }

    private static String path(String id, String process) {
        return "/machines/%s/processes/%s".formatted(id, process);
    }

    private static String hash(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    private static String hashIn(Api api, String id, String file) {
        return api.exec(id, "sha256sum", file).field("stdout").split(" ", -1)[0];
    }

    @Test
    void aClientThatIsCutOffAgainAndAgainGetsEveryByteOnce() throws IOException {
        String process = api.start(id, Map.of(), "sh", "-c", SLOWLY.formatted("/tmp/cut"));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        long offset = 0;
        for (int cut = 0; cut < 5; cut++) {
            try (Terminal terminal = api.attach(path(id, process) + "/attach?offset=" + offset)) {
                assertThat(terminal.take().type()).isEqualTo("process");
                long until = offset + 400_000;
                while (offset < until) {
                    Terminal.Message message = terminal.take();
                    assertThat(message.offset()).isEqualTo(offset);
                    all.write(message.bytes());
                    offset = terminal.offset();
                }
            }
        }
        // The rest as server-sent events, as a browser would continue.
        try (EventReader events = api.events(path(id, process) + "/output", "Last-Event-ID", String.valueOf(offset))) {
            for (Optional<EventReader.Event> event = events.next();
                    !event.orElseThrow().type().equals("end");
                    event = events.next()) {
                all.write(event.get().bytes());
            }
        }
        assertThat(all.size()).isEqualTo(3_000_000);
        assertThat(hash(all.toByteArray())).isEqualTo(hashIn(api, id, "/tmp/cut"));
    }

    @Test
    void whatIsPrintedWhileTheServerIsDeadIsThereWhenTheNextOneComes(@TempDir Path state) throws Exception {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        String machine;
        String process;
        long offset;
        try (ServerProcess first = ServerProcess.start(state)) {
            machine = first.api().run("survivor");
            process = first.api().start(machine, Map.of("tag", "kept"), "sh", "-c", SLOWLY.formatted("/tmp/kept"));
            Terminal terminal = first.api().attach(path(machine, process) + "/attach");
            terminal.take();
            while (terminal.offset() < 300_000) {
                all.write(terminal.take().bytes());
            }
            offset = terminal.offset();
            first.kill();
        }
        try (ServerProcess second = ServerProcess.start(state)) {
            Api next = second.api();
            try (Terminal terminal = next.attach(path(machine, process) + "/attach?offset=" + offset)) {
                assertThat(terminal.awaitEnd(all).get("exit_code").asInt()).isZero();
            }
            assertThat(hash(all.toByteArray())).isEqualTo(hashIn(next, machine, "/tmp/kept"));
            assertThat(next.get("/machines/" + machine + "/processes?tag=kept")
                            .json()
                            .get("processes"))
                    .hasSize(1);
        }
    }

    @Test
    void aServerThatStopsSendsItsClientsAwayAndTheyGoOnAtTheNext(@TempDir Path state) throws Exception {
        String machine;
        String process;
        try (ServerProcess first = ServerProcess.start(state)) {
            machine = first.api().run("patient");
            process = first.api().start(machine, Map.of(), "sh", "-c", "echo one; sleep 3; echo two");
            try (EventReader events = first.api().events(path(machine, process) + "/output")) {
                assertThat(events.await("stdout").data().get("data").asString()).isEqualTo("one\n");
                assertThat(first.terminate()).isLessThan(7_000 * TestHome.SLOWNESS);
                for (Optional<EventReader.Event> left = events.next(); left.isPresent(); left = events.next()) {
                    assertThat(left.get().type()).isEqualTo("error");
                }
            }
        }
        try (ServerProcess second = ServerProcess.start(state);
                EventReader events = second.api().events(path(machine, process) + "/output", "Last-Event-ID", "4")) {
            assertThat(events.await("stdout").data().get("data").asString()).isEqualTo("two\n");
        }
    }

    @Test
    void severalReadTheSameAndWhoComesLateReadsItToo() {
        String process = api.start(id, Map.of(), "sh", "-c", "seq 1 20000; sleep 1; seq 1 20000");
        ByteArrayOutputStream one = new ByteArrayOutputStream();
        ByteArrayOutputStream two = new ByteArrayOutputStream();
        ByteArrayOutputStream late = new ByteArrayOutputStream();
        try (Terminal first = api.attach(path(id, process) + "/attach");
                Terminal second = api.attach(path(id, process) + "/attach")) {
            first.awaitEnd(one);
            second.awaitEnd(two);
        }
        try (Terminal third = api.attach(path(id, process) + "/attach")) {
            third.awaitEnd(late);
        }
        assertThat(one.toByteArray()).hasSizeGreaterThan(200_000).isEqualTo(two.toByteArray());
        assertThat(late.toByteArray()).isEqualTo(one.toByteArray());
    }

    @Test
    void whoComesToTheEndOfABusyProcessGetsWhatComesFromThenOn() {
        String process = api.start(id, Map.of(), "yes");
        try (Terminal terminal = api.attach(path(id, process) + "/attach?offset=end")) {
            long next = terminal.take()
                    .json()
                    .orElseThrow()
                    .at("/process/output/next")
                    .asLong();
            for (int count = 0; count < 20; count++) {
                Terminal.Message message = terminal.take();
                assertThat(message.offset()).isEqualTo(next);
                next += message.bytes().length;
            }
        }
        assertThat(api.delete(path(id, process)).status()).isEqualTo(204);
    }

    @Test
    void whatFallsOutOfTheBufferIsSaidAndTheLastOfItIsThere() throws IOException {
        String process = api.start(id, Map.of(), "sh", "-c", "head -c 20000000 /dev/zero; echo the end");
        ByteArrayOutputStream kept = new ByteArrayOutputStream();
        try (EventReader end = api.events(path(id, process) + "/output?offset=end")) {
            end.await("end"); // it does not hold
        }
        long lost;
        try (EventReader events = api.events(path(id, process) + "/output?follow=false")) {
            EventReader.Event gap = events.next().orElseThrow();
            assertThat(gap.type()).isEqualTo("gap");
            assertThat(gap.data().get("from").asLong()).isZero();
            lost = gap.data().get("to").asLong();
            for (Optional<EventReader.Event> event = events.next();
                    !event.orElseThrow().type().equals("end");
                    event = events.next()) {
                kept.write(event.get().bytes());
            }
        }
        assertThat(lost + kept.size()).isEqualTo(20_000_008);
        assertThat(kept.size()).isCloseTo(4 * MIB, within(MIB));
        assertThat(kept.toString(StandardCharsets.UTF_8)).endsWith("the end\n");
    }

    /** The reader holds the process: the process waits, and memory does not grow meanwhile. */
    @Test
    void aReaderThatStopsMakesTheWriterWaitAndCostsNoMemory() throws Exception {
        long serverBefore = shared.server().peakMemoryMib();
        String process = api.start(id, Map.of(), "sh", "-c", "yes %s | head -n 600000".formatted("x".repeat(59)));
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (Terminal terminal = api.attach(path(id, process) + "/attach")) {
            assertThat(terminal.take().type()).isEqualTo("process");
            Thread.sleep(10_000); // the passing of time is tested
            JsonNode stalled = api.get(path(id, process)).json();
            assertThat(stalled.get("status").asString()).isEqualTo("running");
            assertThat(stalled.get("output").get("next").asLong())
                    .isLessThan(20 * MIB); // half of it: kept output, and buffers in between
            assertThat(agentMemoryMib()).isLessThan(64);
            terminal.awaitEnd(all);
        }
        assertThat(all.size()).isEqualTo(36_000_000);
        assertThat(shared.server().peakMemoryMib() - serverBefore).isLessThan(64);
    }

    @Test
    void aCommandThatPrintsMoreThanTheGuestHasMemoryEndsInBoundedMemory() throws Exception {
        long serverBefore = shared.server().peakMemoryMib();
        JsonNode result = api.post(
                        "/machines/" + id + "/exec",
                        Map.of("command", new String[] {"dd", "if=/dev/zero", "bs=64k", "count=4800"}, "timeout", 110))
                .json();
        assertThat(result.get("exit_code").asInt()).isZero();
        assertThat(result.get("truncated").asBoolean()).isTrue();
        assertThat(Base64.getDecoder().decode(result.get("stdout").asString())).hasSize(MIB);
        assertThat(agentMemoryMib()).isLessThan(64);
        assertThat(shared.server().peakMemoryMib() - serverBefore).isLessThan(96);
    }

    /** The memory of the guest's first process. */
    private long agentMemoryMib() {
        String status = api.exec(id, "grep", "VmRSS", "/proc/1/status").field("stdout");
        return Long.parseLong(status.replaceAll("[^0-9]", "")) / 1024;
    }
}
