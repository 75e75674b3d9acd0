package dev.hyperfleet.http;

/** Routes that belong together. */
public interface RouteGroup {
    void register(Routes routes);
}
