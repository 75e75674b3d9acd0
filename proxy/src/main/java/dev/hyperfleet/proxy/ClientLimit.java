package dev.hyperfleet.proxy;

import dev.hyperfleet.core.request.RateLimit;
import java.net.InetSocketAddress;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import org.eclipse.jetty.io.Connection;

/** Limits the connections of each client; further ones are closed. Trusted forwarders have no limit. */
final class ClientLimit implements Connection.Listener {
    private final int most;
    private final Predicate<String> exempt;
    private final Map<String, Integer> counts = new ConcurrentHashMap<>();

    ClientLimit(int most, Predicate<String> exempt) {
        this.most = most;
        this.exempt = exempt;
    }

    private static String address(Connection connection) {
        return connection.getEndPoint().getRemoteSocketAddress() instanceof InetSocketAddress address
                ? address.getAddress().getHostAddress()
                : "";
    }

    @Override
    public void onOpened(Connection connection) {
        String address = address(connection);
        int count = counts.merge(RateLimit.clientAt(address), 1, Integer::sum);
        if (count > most && !exempt.test(address)) {
            connection.getEndPoint().close();
        }
    }

    @Override
    public void onClosed(Connection connection) {
        counts.computeIfPresent(RateLimit.clientAt(address(connection)), (_, count) -> count == 1 ? null : count - 1);
    }
}
