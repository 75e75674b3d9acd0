package dev.hyperfleet.bench;

import dev.hyperfleet.bench.Report.Bound;
import dev.hyperfleet.core.MachineId;
import dev.hyperfleet.core.guest.Attachment;
import dev.hyperfleet.core.guest.Exec;
import dev.hyperfleet.core.guest.FileContent;
import dev.hyperfleet.core.guest.Guest;
import dev.hyperfleet.core.guest.GuestFiles;
import dev.hyperfleet.core.guest.GuestPath;
import dev.hyperfleet.core.guest.ProcessOutput;
import dev.hyperfleet.core.guest.ProcessSpec;
import dev.hyperfleet.core.guest.ReadOptions;
import dev.hyperfleet.guest.GrpcGuestConnector;
import dev.hyperfleet.host.MachineLayout;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Stream;

/**
 * The API's overhead over the agent's own calls: a command's round trip, and bytes of output, upload and download.
 *
 * <p>The baseline is the agent of the same machine, called by the same protocol client without the server: a machine's
 * channel has one client at a time, so it is measured after the server has stopped, which leaves the machine running.
 */
final class GuestBenchmark implements Benchmark {
    private static final int COMMANDS = 200;
    private static final int QUICK_COMMANDS = 20;
    private static final int WARM_UP_COMMANDS = 20;
    private static final int TRANSFERS = 5;
    private static final int QUICK_TRANSFERS = 1;
    private static final int MIB = 1 << 20;
    private static final int TRANSFER_MIB = 64;
    private static final double GOAL_ROUND_TRIP_MS = 5;
    private static final double GOAL_RATE = 0.7;
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final String FILE = "/root/bench";
    private static final byte[] CONTENT = new byte[TRANSFER_MIB * MIB];
    private static final GuestFiles.WriteOptions WRITE =
            new GuestFiles.WriteOptions(OptionalInt.empty(), Optional.empty(), false, Optional.empty(), false);

    /** The same operations, with the API and without it. */
    private interface Way {
        void exec() throws IOException, InterruptedException;

        void output() throws IOException, InterruptedException;

        void upload() throws IOException, InterruptedException;

        void download() throws IOException, InterruptedException;
    }

    /** The results of one of them. */
    private record Figures(Samples execs, Samples outputs, Samples uploads, Samples downloads) {
        static Figures measure(Way way, Settings settings) throws IOException, InterruptedException {
            Figures figures = new Figures(new Samples(), new Samples(), new Samples(), new Samples());
            repeat(WARM_UP_COMMANDS, new Samples(), way::exec);
            repeat(settings.rounds(COMMANDS, QUICK_COMMANDS), figures.execs, way::exec);
            int transfers = settings.rounds(TRANSFERS, QUICK_TRANSFERS);
            repeat(1, new Samples(), way::output);
            repeat(transfers, figures.outputs, way::output);
            repeat(transfers, figures.uploads, way::upload);
            repeat(transfers, figures.downloads, way::download);
            return figures;
        }

        private interface Action {
            void perform() throws IOException, InterruptedException;
        }

        private static void repeat(int times, Samples samples, Action action) throws IOException, InterruptedException {
            for (int time = 0; time < times; time++) {
                long began = System.nanoTime();
                action.perform();
                samples.add(System.nanoTime() - began);
            }
        }
    }

    @Override
    public String title() {
        return "commands and bytes through the API, against the agent's own calls";
    }

    @Override
    public void run(Settings settings, Workspace workspace, Report report) throws IOException, InterruptedException {
        Path state = workspace.folder("state");
        String id;
        Figures ours;
        try (ServerProcess server = ServerProcess.start(settings, workspace, state)) {
            id = server.api().create("bench");
            server.api().post("/machines/" + id + "/start");
            ours = Figures.measure(new ByApi(server.api(), id), settings);
        }
        Figures bare;
        MachineLayout layout = layout(state, workspace, id);
        try (GrpcGuestConnector connector =
                        new GrpcGuestConnector(machine -> layout.of(machine).agentSocket(), new SecureRandom());
                Guest guest = connector.connect(new MachineId(id))) {
            guest.awaitReady(PATIENCE);
            bare = Figures.measure(new ByAgent(guest), settings);
        }
        report(report, ours, bare);
    }

    /** The folder of the server's sockets, whose name only the server knows. */
    private static MachineLayout layout(Path state, Workspace workspace, String id) throws IOException {
        try (Stream<Path> folders = Files.walk(workspace.sockets(), 3)) {
            Path sockets = folders.filter(folder -> Files.isDirectory(folder.resolve(id)))
                    .findFirst()
                    .orElseThrow(() -> new IOException("no sockets of machine " + id));
            return new MachineLayout(state.resolve("machines"), sockets);
        }
    }

    private static void report(Report report, Figures ours, Figures bare) {
        report.line("exec of true, API", ours.execs().describe());
        report.line("exec of true, agent", bare.execs().describe());
        double added = ours.execs().percentile(50) - bare.execs().percentile(50);
        report.goal("added to an exec, p50", added, "ms", Bound.AT_MOST, GOAL_ROUND_TRIP_MS);
        rate(report, "output", ours.outputs(), bare.outputs());
        rate(report, "upload", ours.uploads(), bare.uploads());
        rate(report, "download", ours.downloads(), bare.downloads());
    }

    private static void rate(Report report, String what, Samples ours, Samples bare) {
        report.line("%s of %d MiB, API".formatted(what, TRANSFER_MIB), ours.describe());
        report.line("%s of %d MiB, agent".formatted(what, TRANSFER_MIB), bare.describe());
        report.goal(
                what + ", bytes a second, ratio",
                bare.percentile(50) / ours.percentile(50),
                "",
                Bound.AT_LEAST,
                GOAL_RATE);
    }

    private static String[] printing() {
        return new String[] {"dd", "if=/dev/zero", "bs=64k", "count=" + TRANSFER_MIB * 16};
    }

    private record ByAgent(Guest guest) implements Way {
        @Override
        public void exec() {
            var _ = Exec.run(guest.processes(), ProcessSpec.command(PATIENCE, "true"));
        }

        @Override
        public void output() {
            try (Attachment attachment =
                    guest.processes().run(ProcessSpec.command(PATIENCE, printing()), ReadOptions.ALL)) {
                Optional<ProcessOutput> output;
                do {
                    output = attachment.next(PATIENCE);
                } while (!(output.orElseThrow() instanceof ProcessOutput.End));
            }
        }

        @Override
        public void upload() {
            var _ = guest.files().write(GuestPath.of(FILE), WRITE, new ByteArrayInputStream(CONTENT));
        }

        @Override
        public void download() throws IOException {
            try (FileContent content = guest.files().read(GuestPath.of(FILE), 0, 0, Optional.empty())) {
                content.bytes().transferTo(OutputStream.nullOutputStream());
            }
        }
    }

    private record ByApi(Api api, String id) implements Way {
        private String path() {
            return "/machines/" + id;
        }

        @Override
        public void exec() throws IOException, InterruptedException {
            var _ = api.post(path() + "/exec", Map.of("command", List.of("true")));
        }

        @Override
        public void output() throws IOException, InterruptedException {
            String process = api.post(path() + "/processes", Map.of("command", printing()))
                    .get("id")
                    .asString();
            ByteCounter counter = new ByteCounter();
            api.webSocket(path() + "/processes/" + process + "/attach", counter);
            if (counter.await() < CONTENT.length) {
                throw new IOException("output is missing");
            }
        }

        @Override
        public void upload() throws IOException, InterruptedException {
            api.put(path() + "/files?path=" + FILE, CONTENT);
        }

        @Override
        public void download() throws IOException, InterruptedException {
            try (InputStream body = api.stream(path() + "/files?path=" + FILE)) {
                body.transferTo(OutputStream.nullOutputStream());
            }
        }
    }
}
