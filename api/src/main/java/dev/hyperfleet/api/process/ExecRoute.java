package dev.hyperfleet.api.process;

import dev.hyperfleet.core.access.Scope;
import dev.hyperfleet.core.control.Machines;
import dev.hyperfleet.core.guest.Exec;
import dev.hyperfleet.core.guest.ExecResult;
import dev.hyperfleet.core.guest.GuestProcesses;
import dev.hyperfleet.core.guest.ProcessSpec;
import dev.hyperfleet.http.MachinePath;
import dev.hyperfleet.http.OutputText;
import dev.hyperfleet.http.RequestBody;
import dev.hyperfleet.http.ResponseMemory;
import dev.hyperfleet.http.Responses;
import dev.hyperfleet.http.RouteGroup;
import dev.hyperfleet.http.Routes;
import io.javalin.http.Context;

/** Runs a command in a machine. */
public final class ExecRoute implements RouteGroup {
    /** The maximum ratio of the JSON's size to the output's; {@link OutputText} ensures it. */
    private static final int GROWTH = 2;

    private final Machines machines;
    private final ResponseMemory memory;

    public ExecRoute(Machines machines, ResponseMemory memory) {
        this.machines = machines;
        this.memory = memory;
    }

    /** The response. Output that does not suit JSON is in base64, as its encoding says. */
    private record ExecJson(
            int exitCode,
            String stdout,
            String stdoutEncoding,
            String stderr,
            String stderrEncoding,
            boolean timedOut,
            boolean truncated,
            long durationMs) {
        static ExecJson of(ExecResult result) {
            OutputText stdout = OutputText.of(result.stdout(), wasCut(result, result.stdout()));
            OutputText stderr = OutputText.of(result.stderr(), wasCut(result, result.stderr()));
            return new ExecJson(
                    result.exitCode(),
                    stdout.text(),
                    stdout.encoding(),
                    stderr.text(),
                    stderr.encoding(),
                    result.timedOut(),
                    result.truncated(),
                    result.duration().toMillis());
        }

        private static boolean wasCut(ExecResult result, byte[] output) {
            return result.truncated() && output.length == ExecResult.OUTPUT_LIMIT_BYTES;
        }
    }

    @Override
    public void register(Routes routes) {
        routes.post("/machines/{id}/exec", Scope.MACHINES_EXEC, this::exec);
    }

    private void exec(Context context) {
        RequestBody body = RequestBody.read(context, ProcessBody.EXEC_FIELDS);
        ProcessSpec spec = ProcessBody.ofExec(body);
        body.throwIfInvalid();
        GuestProcesses processes =
                machines.guest(MachinePath.id(context), "exec").processes();
        ResponseMemory.Share share = memory.share(context);
        Responses.json(context, ExecJson.of(Exec.run(processes, spec, bytes -> share.take((long) GROWTH * bytes))));
    }
}
