package dev.hyperfleet.server;

import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Command;

/** Runs the server in the foreground. */
@Command(
        name = "serve",
        description = {
            "Run the server in the foreground, until SIGTERM or Ctrl-C. Machines keep running.",
            "Settings are environment variables: see docs/configuration.md."
        })
final class ServeCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger("server");

    @Override
    public Integer call() throws InterruptedException {
        Thread.setDefaultUncaughtExceptionHandler((thread, fault) -> LOG.atError()
                .setCause(fault)
                .addKeyValue("thread", thread.getName())
                .log("a thread has ended with an uncaught exception"));
        Settings settings = Settings.from(System.getenv());
        HyperfleetServer server = HyperfleetServer.start(settings);
        CountDownLatch ended = new CountDownLatch(1);
        Runtime.getRuntime()
                .addShutdownHook(new Thread(
                        () -> {
                            LOG.info("stopping; machines keep running");
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
        server.vmm()
                .vmm()
                .warnings()
                .forEach(warning ->
                        LOG.atWarn().addKeyValue("vmm", server.vmm().reason()).log(warning));
        ended.await();
        return 0;
    }
}
