package dev.hyperfleet.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@link BareJetty} in a process, with the server's own JVM, JVM options and jars. */
final class BareJettyProcess implements AutoCloseable {
    private final Process process;
    private final URI url;

    private BareJettyProcess(Process process, URI url) {
        this.process = process;
        this.url = url;
    }

    /**
     * Starts it.
     *
     * @param jvm a server's JVM and its options, see {@link ServerProcess#jvm}
     * @param bodies the folder with the responses
     */
    static BareJettyProcess start(Workspace workspace, List<String> jvm, Path bodies) throws IOException {
        List<String> command = new ArrayList<>(jvm);
        int classPath = command.indexOf("-cp") + 1;
        // At the end, so that a cache for the server's class path stays valid.
        command.set(
                classPath, command.get(classPath) + ":" + System.getProperty("bench.classes", "bench/target/classes"));
        command.addAll(List.of(BareJetty.class.getName(), bodies.toString()));
        Process process = workspace.start(new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT));
        BufferedReader output =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.US_ASCII));
        @Nullable String port = output.readLine();
        if (port == null) {
            throw new IOException("the bare Jetty did not start");
        }
        return new BareJettyProcess(process, URI.create("http://127.0.0.1:" + port));
    }

    URI url() {
        return url;
    }

    Api api() {
        return new Api(url, Optional.empty());
    }

    @Override
    public void close() throws IOException {
        Workspace.end(process);
    }
}
