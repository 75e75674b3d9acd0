package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;

import dev.hyperfleet.contract.Response;
import dev.hyperfleet.tests.SharedServer.Shared;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Waiting for a status. */
@ExtendWith(SharedServer.class)
class WaitTest {
    private final Api api;
    private final String runningId;

    WaitTest(Shared shared) {
        this.api = shared.api();
        this.runningId = shared.runningId();
    }

    @Test
    void aStatusThatHasComeIsAnsweredAtOnce() {
        Response answer = api.get("/machines/" + runningId + "/wait?status=stopped,running&timeout=1");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.field("status")).isEqualTo("running");
    }

    @Test
    void aStatusThatDoesNotComeTimesOutInTheContractsWords() {
        Response answer = api.get("/machines/" + runningId + "/wait?status=stopped&timeout=1");
        assertThat(answer.status()).isEqualTo(504);
        assertThat(answer.code()).isEqualTo("TIMEOUT");
        assertThat(answer.message())
                .isEqualTo("Timed out waiting for machine %s to reach status stopped".formatted(runningId));
    }

    @Test
    void aWaitSeesEveryStateOnTheWayAndEndsWithTheMachine() throws Exception {
        String id = api.create("waited-for");
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<Response> starting = threads.submit(() -> api.get("/machines/" + id + "/wait?status=starting"));
            Future<Response> running = threads.submit(() -> api.get("/machines/" + id + "/wait?status=running"));
            assertThat(api.post("/machines/" + id + "/start").status()).isEqualTo(200);
            assertThat(running.get().field("status")).isEqualTo("running");
            // It may have been registered after the state had passed; then only this can end it.
            api.post("/machines/" + id + "/stop");
            Future<Response> deleted = threads.submit(() -> api.get("/machines/" + id + "/wait?status=running"));
            assertThat(api.delete("/machines/" + id).status()).isEqualTo(204);
            assertThat(deleted.get().status()).isEqualTo(404);
            assertThat(starting.get().status()).isIn(200, 404);
        }
    }

    @Test
    void whatCanNeverComeAgainIsAConflict() {
        Response answer = api.get("/machines/" + runningId + "/wait?status=pending");
        assertThat(answer.status()).isEqualTo(409);
        assertThat(answer.message())
                .isEqualTo("Machine %s is in 'running' state and cannot reach status pending by itself"
                        .formatted(runningId));
    }
}
