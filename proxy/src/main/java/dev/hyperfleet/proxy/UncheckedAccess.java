package dev.hyperfleet.proxy;

import dev.hyperfleet.core.ErrorCode;
import dev.hyperfleet.core.HyperfleetException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Access without key checks: open to every client that can connect, except to pages of other sites in such a client's
 * browser. Such a page is recognised by its browser's headers, and by the host: a page whose own name resolves to our
 * address (DNS rebinding) has the same host as its request, but a host that we do not know.
 *
 * @param hostSuffix of machines' host names; empty for none
 * @param publicHost the proxy's public host name, if it has one
 */
record UncheckedAccess(String hostSuffix, Optional<String> publicHost) {
    /** An address, which cannot be rebound, or a name that browsers resolve to their own computer. */
    private static final Pattern SAFE = Pattern.compile("[0-9.]+|\\[[0-9a-f:.]+\\]|(.+\\.)?localhost");

    /** Admits a request, or refuses it. */
    void admit(SendingPage page) {
        String host = page.hostWithoutPort();
        boolean isKnown = SAFE.matcher(host).matches()
                || publicHost.filter(host::equalsIgnoreCase).isPresent()
                || (!hostSuffix.isEmpty() && host.endsWith(hostSuffix));
        if (!isKnown) {
            throw new HyperfleetException(
                    ErrorCode.FORBIDDEN,
                    "API keys are not checked (DISABLE_AUTH), so the host must be an address, localhost, or a "
                            + "name from HYPERFLEET_PROXY_URL or PROXY_HOST_SUFFIX.");
        }
        page.requireNotForeign();
    }
}
