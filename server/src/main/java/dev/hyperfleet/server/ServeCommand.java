package dev.hyperfleet.server;

import dev.hyperfleet.cli.LocalServer;
import dev.hyperfleet.cli.Output;
import java.io.IOException;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Runs the server in the foreground. */
@Command(
        name = "serve",
        description = {
            "Run the server in the foreground, until SIGTERM or Ctrl-C. Machines keep running.",
            "Settings are environment variables: see docs/configuration.md."
        })
final class ServeCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger("server");

    @Spec
    @SuppressWarnings("NullAway.Init") // set by picocli
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Thread.setDefaultUncaughtExceptionHandler((thread, fault) -> LOG.atError()
                .setCause(fault)
                .addKeyValue("thread", thread.getName())
                .log("a thread has ended with an uncaught exception"));
        Settings settings = Settings.from(System.getenv());
        LogForm form = LogForm.of(System.getenv());
        HyperfleetServer server = HyperfleetServer.start(settings);
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            LOG.info("stopping; machines keep running");
                            forgetAddress(settings);
                            server.close();
                            LOG.info("stopped");
                            ended.countDown();
                        },
                        "shutdown"));
        LOG.atInfo()
                .addKeyValue("url", "http://%s:%d".formatted(settings.host(), server.port()))
                .addKeyValue("proxy", "http://%s:%d".formatted(settings.proxy().host(), server.proxyPort()))
                .addKeyValue("version", Build.VERSION)
                .addKeyValue("vmm", server.vmm().reason())
                .addKeyValue("home", settings.home())
                .log("listening");
        leaveAddress(settings, server);
        if (form == LogForm.TEXT) {
            greet(settings, server);
        }
        server.vmm()
                .vmm()
                .warnings()
                .forEach(warning ->
                        LOG.atWarn().addKeyValue("vmm", server.vmm().reason()).log(warning));
        ended.await();
        return 0;
    }

    /** Commands of this home's owner then need no address and no key. */
    private static void leaveAddress(Settings settings, HyperfleetServer server) {
        try {
            LocalServer.write(settings.home(), url(settings.host(), server.port()), server.localKey());
        } catch (IOException failure) {
            LOG.atWarn().setCause(failure).log("commands on this host need HYPERFLEET_URL and HYPERFLEET_TOKEN");
        }
    }

    private static void forgetAddress(Settings settings) {
        try {
            LocalServer.remove(settings.home());
        } catch (IOException failure) {
            LOG.atWarn().setCause(failure).log("server.json remains; its key is no longer valid");
        }
    }

    /** Where a program on this host finds a server that listens there. */
    private static String url(String host, int port) {
        String address = switch (host) {
            case "0.0.0.0" -> "127.0.0.1";
            case "::" -> "[::1]";
            default -> host.contains(":") ? "[" + host + "]" : host;
        };
        return "http://%s:%d".formatted(address, port);
    }

    private void greet(Settings settings, HyperfleetServer server) {
        String api = url(settings.host(), server.port());
        new Output(spec.commandLine()).text("""

                Hyperfleet %s is ready.
                  API        %s   (documentation: %s/docs)
                  Machines   %s   (their ports)
                  Try        hyperfleet run -it bash
                  From other computers, or other users:
                             hyperfleet keys create NAME       makes an API key
                             hyperfleet login %s    keeps it
                Ctrl-C stops the server; machines keep running.
                """.formatted(
                        Build.VERSION, api, api, url(settings.proxy().host(), server.proxyPort()), api));
    }
}
