package dev.hyperfleet.cli;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Forwards a port of this computer to a machine's port. */
@Command(
        name = "port-forward",
        description = {
            "Listen on a port of this computer, and forward each connection to a port of the machine.",
            "The machine must expose it. Ends with Ctrl-C."
        })
final class PortForwardCommand implements Callable<Integer> {
    @Parameters(paramLabel = "NAME|ID")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String machine;

    @Parameters(paramLabel = "[LOCAL:]REMOTE", description = "A local port of 0 picks a free one.")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String ports;

    @Option(
            names = "--address",
            paramLabel = "ADDRESS",
            defaultValue = "127.0.0.1",
            description = "Where to listen (default ${DEFAULT-VALUE}).")
    @SuppressWarnings("NullAway.Init") // set by picocli
    private String address;

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() {
        PortMapping mapping = PortMapping.of(ports, spec);
        Output output = new Output(spec.commandLine());
        PortForwarder forwarder = PortForwarder.listen(ApiClient.fromEnvironment(), machine, mapping, address, output);
        output.text("%s:%d forwards to %s:%d"
                .formatted(address, forwarder.listener().getLocalPort(), machine, mapping.remote()));
        forwarder.run();
        return 0;
    }
}
