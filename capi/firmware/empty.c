/* No verification: only what all firmware has in common. */
int main(void)
{
    return 0;
}
