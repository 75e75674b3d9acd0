package dev.hyperfleet.tests;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.hyperfleet.host.Program;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;

/** The promises of Firecracker's jail, checked from the host as root. */
class JailTest {
    private static final Path GROUPS = Path.of("/sys/fs/cgroup");
    private static final int FIRST_USER = 1_000_000;
    private static final String POOL = "10.214.0.";

    @TempDir
    Path state;

    private Set<String> before = Set.of();

    @BeforeEach
    void lookAround() throws IOException {
        before = cardsAndGroups();
    }

    @Test
    void aVmmIsShutIn() throws Exception {
        try (ServerProcess server = start()) {
            Api api = server.api();
            String first = api.run("first");
            String second = api.run("second");
            JsonNode machine = api.get("/machines/" + second).json();
            Path process = Path.of("/proc", machine.get("pid").asString());

            Map<String, String> status = status(process);
            String user = String.valueOf(FIRST_USER + 1);
            assertThat(status.get("Name")).isEqualTo("firecracker");
            assertThat(status.get("Uid")).matches("(%s\\s*){4}".formatted(user));
            assertThat(status.get("Gid")).matches("(%s\\s*){4}".formatted(user));
            assertThat(status.get("Groups")).isBlank();
            for (String set : List.of("CapInh", "CapPrm", "CapEff", "CapAmb")) {
                assertThat(status.get(set)).as(set).isEqualTo("0000000000000000");
            }
            assertThat(status).containsEntry("NoNewPrivs", "1").containsEntry("Seccomp", "2");

            for (String namespace : List.of("mnt", "pid", "net", "ipc", "uts")) {
                assertThat(namespace(process, namespace))
                        .as(namespace)
                        .isNotEqualTo(namespace(Path.of("/proc/self"), namespace))
                        .isNotEqualTo(namespace(
                                Path.of("/proc", api.get("/machines/" + first).field("pid")), namespace));
            }
            assertThat(names(process.resolve("root"))).hasSameElementsAs(expectedFiles(machine));
            assertThat(names(process.resolve("root/dev")))
                    .contains("kvm", "net")
                    .doesNotContain("mem", "vda");

            String limits = Files.readString(process.resolve("limits"));
            assertThat(limits)
                    .containsPattern("Max core file size +0 +0 ")
                    .containsPattern("Max open files +1024 +1024 ")
                    .containsPattern("Max file size +68719476736 +68719476736 ");

            String group = Files.readString(process.resolve("cgroup")).strip();
            assertThat(group).matches("0::/hyperfleet-[a-z0-9]+/" + second);
            Path folder = GROUPS.resolve(group.substring("0::/".length()));
            assertThat(folder.resolve("cpu.max")).hasContent("120000 100000");
            assertThat(folder.resolve("memory.max")).hasContent(String.valueOf((256L + 128) << 20));
            assertThat(folder.resolve("pids.max")).hasContent("33");
            assertThat(folder.resolve("io.weight")).content().contains("100");

            // The sockets that the API shows are the server's, and work.
            Path socket = Path.of(machine.get("socket_path").asString());
            assertThat(Files.getAttribute(socket, "unix:uid")).isEqualTo(0);
            assertThat(Program.run(
                                    List.of("curl", "-s", "--unix-socket", socket.toString(), "http://vmm/"),
                                    Duration.ofSeconds(20))
                            .output())
                    .contains("Running");
            nothingIsReadableByAnother(server, first, second);
        }
        assertNothingIsLeft();
    }

    /** What a VMM finds in its root directory. */
    private static List<String> expectedFiles(JsonNode machine) {
        List<String> names = new ArrayList<>(List.of(
                "agent.sock",
                "agent.sock_1024",
                "dev",
                "disk",
                "firecracker",
                "firecracker.pid",
                "initrd",
                "kernel",
                "rootfs",
                "run",
                "vmm.log",
                "vmm.sock"));
        if (machine.get("started_from").asString().equals("boot-snapshot")) {
            names.addAll(List.of("devices", "memory"));
        }
        return names;
    }

    /** As the user of the first machine, with root's knowledge of paths. */
    private void nothingIsReadableByAnother(ServerProcess server, String first, String second) throws IOException {
        String user = String.valueOf(FIRST_USER);
        assertThat(owner(server.state.resolve("machines").resolve(first).resolve("disk.ext4")))
                .isEqualTo(FIRST_USER);
        List<Path> theirs = new ArrayList<>();
        for (Path folder : List.of(
                server.state.resolve("machines").resolve(second),
                server.state.resolve("jails").resolve(second))) {
            try (Stream<Path> files = Files.walk(folder)) {
                files.filter(file -> !Files.isDirectory(file)).forEach(theirs::add);
            }
        }
        assertThat(theirs).hasSizeGreaterThan(10);
        for (Path file : theirs) {
            Program.Result read = Program.run(
                    List.of(
                            "setpriv",
                            "--reuid",
                            user,
                            "--regid",
                            user,
                            "--clear-groups",
                            "head",
                            "-c",
                            "1",
                            file.toString()),
                    Duration.ofSeconds(20));
            assertThat(read.exitCode()).as(file.toString()).isNotZero();
        }
    }

    /** More than a small host handles at once. */
    @Test
    void machinesThatAreKilledAtRandomLeaveNothing() throws Exception {
        int count = Integer.getInteger("hyperfleet.machines", 6);
        long namespaces = namespaces();
        try (ServerProcess server = start();
                ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            Api api = server.api();
            List<Future<?>> lives = new ArrayList<>();
            for (int number = 0; number < count; number++) {
                int how = number;
                lives.add(threads.submit(() -> liveAndDie(api, how)));
            }
            for (Future<?> life : lives) {
                life.get();
            }
            assertThat(api.get("/machines").json().get("total").asInt()).isZero();
            // Every slot is free again: the next machine has the first one.
            String next = api.create("next");
            api.post("/machines/" + next + "/start");
            assertThat(api.get("/machines/" + next).field("private_ip")).isEqualTo(POOL + "2");
        }
        assertNothingIsLeft();
        assertThat(namespaces()).isLessThanOrEqualTo(namespaces);
    }

    private static void liveAndDie(Api api, int how) {
        String id = api.run("victim-" + how);
        String path = "/machines/" + id;
        ProcessHandle vmm =
                ProcessHandle.of(api.get(path).json().get("pid").asLong()).orElseThrow();
        switch (how % 3) {
            case 0 -> vmm.destroyForcibly();
            case 1 -> vmm.parent().orElseThrow().destroyForcibly();
            default -> api.post(path + "/stop");
        }
        assertThat(api.get(path + "/wait?status=failed,stopped").status()).isEqualTo(200);
        assertThat(vmm.isAlive()).isFalse();
        assertThat(api.delete(path).status()).isEqualTo(204);
    }

    private ServerProcess start() throws IOException {
        // Not those of the server that other tests share: two on one host need their own.
        ServerProcess server = ServerProcess.start(
                state,
                Map.of(
                        "HYPERFLEET_NETWORK_POOL",
                        POOL + "0/24",
                        "HYPERFLEET_JAIL_FIRST_UID",
                        String.valueOf(FIRST_USER)));
        String vmm = server.api().get("/health").json().toString();
        if (!vmm.contains("in its jail")) {
            server.close();
            assumeTrue(false, "this host has no jail for Firecracker: " + vmm);
        }
        return server;
    }

    private void assertNothingIsLeft() throws IOException {
        assertThat(cardsAndGroups()).isEqualTo(before);
        assertThat(Program.run(List.of("ip", "route"), Duration.ofSeconds(20)).output())
                .doesNotContain(POOL);
        assertThat(names(state.resolve("machines"))).isEmpty();
        assertThat(names(state.resolve("jails"))).isEmpty();
        assertThat(Files.readString(Path.of("/proc/mounts"))).doesNotContain(state.toString());
        assertThat(ProcessHandle.allProcesses()
                        .map(process -> process.info().commandLine().orElse(""))
                        .filter(line -> line.contains(state.toString())))
                .isEmpty();
    }

    /** Of all servers on this host. */
    private static Set<String> cardsAndGroups() throws IOException {
        Set<String> found = new TreeSet<>();
        Program.run(List.of("ip", "-o", "link"), Duration.ofSeconds(20))
                .output()
                .lines()
                .map(line -> line.split("[:@]", 3)[1].strip())
                .filter(name -> name.startsWith("hf-"))
                .forEach(found::add);
        for (Path parent : folders(GROUPS, "hyperfleet-")) {
            folders(parent, "").forEach(group -> found.add(group.toString()));
        }
        return found;
    }

    /** Network namespaces of any process. */
    private static long namespaces() throws IOException {
        try (Stream<Path> processes = Files.list(Path.of("/proc"))) {
            return processes
                    .filter(process -> process.getFileName().toString().matches("\\d+"))
                    .map(process -> {
                        try {
                            return namespace(process, "net");
                        } catch (IOException ended) {
                            return "";
                        }
                    })
                    .distinct()
                    .count();
        }
    }

    private static List<Path> folders(Path parent, String prefix) throws IOException {
        try (Stream<Path> entries = Files.list(parent)) {
            return entries.filter(Files::isDirectory)
                    .filter(entry -> entry.getFileName().toString().startsWith(prefix))
                    .toList();
        }
    }

    private static Set<String> names(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return Set.of();
        }
        try (Stream<Path> entries = Files.list(folder)) {
            return entries.map(entry -> entry.getFileName().toString()).collect(Collectors.toCollection(TreeSet::new));
        }
    }

    private static int owner(Path file) throws IOException {
        return (int) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
    }

    private static String namespace(Path process, String name) throws IOException {
        return Files.readSymbolicLink(process.resolve("ns").resolve(name)).toString();
    }

    private static Map<String, String> status(Path process) throws IOException {
        return Files.readAllLines(process.resolve("status")).stream()
                .map(line -> line.split(":\\s*", 2))
                .collect(Collectors.toMap(parts -> parts[0], parts -> parts[1].strip(), (one, _) -> one));
    }
}
