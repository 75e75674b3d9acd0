/**
 * The control plane's rules, and the ports through which it reaches the rest of the world. Depends on nothing but the JDK.
 * Its packages, one for each noun, depend on each other without cycles; what all of them need is here.
 */
@NullMarked
package dev.hyperfleet.core;

import org.jspecify.annotations.NullMarked;
