"""Astronomical light curves: what kind of object is this?"""
