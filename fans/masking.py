"""Names and phones as those see them who do not serve the fan: enough to tell her from another, not to reach her."""


def mask_name(name: str) -> str:
    """`仲小妮` as `仲*妮`, `王芳` as `王*`, `Anna Lee` as `A***e`; one letter as `*`."""
    name = name.strip()
    if len(name) < 3:
        return f"{name[:-1]}*" if name else ""
    return f"{name[0]}{'*' * min(len(name) - 2, 3)}{name[-1]}"


def mask_phone(digits: str | None) -> str:
    """`186****1402` of the last 11 digits; None (fewer digits) as `****`."""
    return f"{digits[:3]}****{digits[-4:]}" if digits else "****"
