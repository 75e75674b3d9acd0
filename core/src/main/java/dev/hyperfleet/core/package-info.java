/**
 * The control plane's rules, and the ports through which it reaches the rest of the world. Depends on nothing but the
 * JDK. Its packages, one for each noun, depend on each other without cycles; this package has what all of them need.
 */
@NullMarked
package dev.hyperfleet.core;

import org.jspecify.annotations.NullMarked;
