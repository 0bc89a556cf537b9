/* Libraries stay loaded until the end, so that what their plugins leak has a name that can be told
 * from ours. Linked into the programs that are built with SAN=address. */
int dlclose(void *handle);

int dlclose(void *handle)
{
    (void)handle;
    return 0;
}
