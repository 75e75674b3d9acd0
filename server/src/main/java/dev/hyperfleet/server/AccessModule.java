package dev.hyperfleet.server;

import dev.hyperfleet.core.access.ApiKeys;
import dev.hyperfleet.core.access.PortLinks;
import dev.hyperfleet.core.request.RateLimit;

/**
 * Authorization.
 *
 * @param strangers the rate limit of clients without a valid API key, by address, for API and proxy together
 */
record AccessModule(ApiKeys keys, PortLinks links, RateLimit strangers) {
    static AccessModule of(Foundation base, StoreModule store) {
        return new AccessModule(
                new ApiKeys(store.keys(), base.clock(), base.random()),
                new PortLinks(store.linkKey(), base.clock()),
                new RateLimit(base.settings().rateLimit(), base.time()));
    }
}
