"""Our names of the columns of light curves, with the names that files usually give them."""

OBJECTS = {
    "object_id": ("object_id", "objid", "snid"),
    "label": ("label", "true_target", "target", "true_type", "type_group", "type", "class"),
    "ra": ("ra",),
    "decl": ("decl", "dec"),
    "ddf": ("ddf", "ddf_bool"),
    "hostgal_photoz": ("hostgal_photoz", "photoz"),
    "hostgal_photoz_err": ("hostgal_photoz_err", "photoz_err"),
    "mwebv": ("mwebv",),
    "a_v": ("a_v",),
    "split": ("split",),
}
"""Of objects; `a_v` is the visual extinction, read where there is no `mwebv`."""
OBSERVATIONS = {
    "object_id": ("object_id", "objid", "snid"),
    "mjd": ("mjd",),
    "passband": ("passband", "band", "filter", "fid"),
    "flux": ("flux", "fluxcal"),
    "flux_err": ("flux_err", "fluxcalerr", "fluxerr"),
    "detected": ("detected", "detected_bool"),
    "mag": ("mag", "magnitude"),
    "mag_err": ("mag_err", "magerr", "sigmapsf"),
}
"""Of observations; magnitudes are read where there is no flux."""
COLUMNS = tuple(dict.fromkeys((*OBJECTS, *OBSERVATIONS)))
