package dev.hyperfleet.bench;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * "firecracker --config-file" with the configuration of a machine that the server started, read from that machine's
 * Firecracker, so that they cannot diverge. No jail, no control group, no network namespace: its TAP is created before,
 * and not measured. The agent is ready when it connects to the host.
 */
final class BareFirecracker implements BareVmm {
    private static final JsonMapper JSON = JsonMapper.shared();
    private static final String TAP = "hfbench0";
    private static final int TIMEOUT_SECONDS = 60;

    private final Workspace workspace;
    private final Path configuration;
    private final Path api;
    private final Path vsock;
    private final Path console;

    /**
     * Prepares the launch.
     *
     * @param machine a running one, as the API shows it
     * @param disk the machine's own
     */
    BareFirecracker(Workspace workspace, JsonNode machine, Path disk) throws IOException, InterruptedException {
        this.workspace = workspace;
        Path folder = workspace.folder("bare");
        configuration = folder.resolve("config.json");
        console = folder.resolve("console.log");
        api = workspace.sockets().resolve("bare.sock");
        vsock = workspace.sockets().resolve("bare-vsock.sock");
        JsonNode running = JSON.readTree(output(
                "curl", "-sS", "--unix-socket", machine.get("socket_path").asString(), "http://vmm/vm/config"));
        ObjectNode own = JSON.createObjectNode();
        for (String part :
                List.of("boot-source", "drives", "machine-config", "network-interfaces", "vsock", "entropy")) {
            own.set(part, running.get(part));
        }
        ObjectNode boot = (ObjectNode) own.get("boot-source");
        boot.put("kernel_image_path", machine.get("kernel_image_path").asString());
        boot.put("initrd_path", machine.get("initrd_path").asString());
        for (JsonNode drive : own.get("drives")) {
            boolean root = drive.get("drive_id").asString().equals("root");
            ((ObjectNode) drive)
                    .put("path_on_host", root ? machine.get("rootfs_path").asString() : disk.toString());
        }
        ((ObjectNode) own.get("network-interfaces").get(0)).put("host_dev_name", TAP);
        ((ObjectNode) own.get("vsock")).put("uds_path", vsock.toString());
        Files.write(configuration, JSON.writeValueAsBytes(own));
        output("ip", "tuntap", "add", "dev", TAP, "mode", "tap", "vnet_hdr");
        output("ip", "link", "set", TAP, "up");
    }

    @Override
    public String title() {
        return "bare Firecracker";
    }

    @Override
    public long measureStart() throws IOException, InterruptedException {
        Path notice = Path.of(vsock + "_1024");
        for (Path left : List.of(api, vsock, notice)) {
            Files.deleteIfExists(left);
        }
        try (ServerSocketChannel listener = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            listener.bind(UnixDomainSocketAddress.of(notice));
            ProcessBuilder builder = new ProcessBuilder(
                            "firecracker",
                            "--api-sock",
                            api.toString(),
                            "--level",
                            "Error",
                            "--config-file",
                            configuration.toString())
                    .redirectInput(Path.of("/dev/null").toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(console.toFile());
            long began = System.nanoTime();
            Process process = workspace.start(builder);
            try {
                accept(listener).close();
                long elapsed = System.nanoTime() - began;
                output(
                        "curl",
                        "-sS",
                        "-X",
                        "PUT",
                        "--unix-socket",
                        api.toString(),
                        "http://vmm/actions",
                        "-d",
                        "{\"action_type\":\"SendCtrlAltDel\"}");
                if (!process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS)) {
                    throw new IOException("the guest does not power off");
                }
                return elapsed;
            } finally {
                process.destroyForcibly();
                process.waitFor(TIMEOUT_SECONDS, TimeUnit.SECONDS);
            }
        }
    }

    private SocketChannel accept(ServerSocketChannel listener) throws IOException, InterruptedException {
        CompletableFuture<SocketChannel> accepted = new CompletableFuture<>();
        Thread.ofVirtual().start(() -> {
            try {
                accepted.complete(listener.accept());
            } catch (IOException closed) {
                accepted.completeExceptionally(closed);
            }
        });
        try {
            return accepted.get(TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException failure) {
            throw new IOException("the guest did not boot: " + Files.readString(console), failure);
        }
    }

    private String output(String... command) throws IOException, InterruptedException {
        Process process = workspace.start(new ProcessBuilder(command).redirectErrorStream(true));
        String output = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException("%s: %s".formatted(String.join(" ", command), output.strip()));
        }
        return output;
    }

    @Override
    public void close() throws IOException {
        try {
            output("ip", "link", "del", TAP);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
